"""Holds requests of ours to AWS Elemental MediaConvert against the model of the service that botocore ships.

    python tests/mediaconvert/validate.py FILE…

Each file is a body as it goes out. Its names are turned into those of the API, the result is validated as boto3 would
(required fields, types, ranges, patterns, unknown names), every enumerated text is looked up (botocore leaves those to the
service), and botocore's own serializer must make the same body of it again.
"""

import json
import sys

import botocore.serialize
import botocore.session
from botocore.validate import ParamValidator


def named(shape, value, path):
    """The value, under the API's names in place of those on the wire."""
    if shape.type_name == "structure":
        members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        unknown = set(value) - set(members)
        if unknown:
            raise ValueError(f"{path}: {', '.join(sorted(unknown))}: no such field")
        return {members[name][0]: named(members[name][1], inner, f"{path}.{name}") for name, inner in value.items()}
    if shape.type_name == "list":
        return [named(shape.member, inner, f"{path}[{index}]") for index, inner in enumerate(value)]
    if shape.type_name == "map":
        return {key: named(shape.value, inner, f"{path}.{key}") for key, inner in value.items()}
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        raise ValueError(f"{path}: {value} is none of {', '.join(allowed)}")
    return value


def check(model, path):
    operation = model.operation_model("CreateJob")
    with open(path, encoding="utf-8") as file:
        body = json.load(file)
    parameters = named(operation.input_shape, body, "")
    report = ParamValidator().validate(parameters, operation.input_shape)
    if report.has_errors():
        raise ValueError(report.generate_report())
    serializer = botocore.serialize.create_serializer("rest-json")
    again = json.loads(serializer.serialize_to_request(parameters, operation)["body"])
    if again != body:
        raise ValueError("botocore would have written another body")


def main(paths):
    model = botocore.session.get_session().get_service_model("mediaconvert")
    for path in paths:
        try:
            check(model, path)
        except ValueError as error:
            sys.exit(f"{path}: {error}")
    print(f"{len(paths)} valid", end="")


if __name__ == "__main__":
    main(sys.argv[1:])
