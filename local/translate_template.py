"""Runs the SAM translator as CloudFormation does, and prints the resulting template (JSON).

    python local/translate_template.py template.yaml >translated.json

Refuses a result with a resource that the template does not name: nobody reads a role, a permission or an API that SAM
adds, and no test covers it. Needs aws-sam-translator and cfn-lint (for its reader of CloudFormation's YAML).
"""

import json
import logging
import os
import sys

from cfnlint.decode import cfn_yaml
from cfnlint.template import Template
from cfnlint.template.transforms._language_extensions import language_extension
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """The translator looks up AWS's managed policies by name; the template uses none."""

    def load(self):
        return {}


def written_out(path):
    """Returns the template with its loops written out, as CloudFormation does before SAM.

    What is in no loop stays as it is: cfn-lint would put the defaults of parameters into it.
    """
    template = cfn_yaml.load(path)
    faults, expanded = language_extension(Template(path, template, ["us-east-1"]))
    if faults:
        sys.exit(f"the loops of {path} cannot be written out: {faults}")
    template, expanded = json.loads(json.dumps([template, expanded]))
    resources = template["Resources"]
    template["Resources"] = {id: resources.get(id, body) for id, body in expanded["Resources"].items()}
    rest = json.dumps([template["Globals"], template["Resources"]])
    # Mappings that only loops read.
    template["Mappings"] = {name: of for name, of in template["Mappings"].items() if f'["{name}",' in rest}
    return template


def packaged(template):
    """Returns the template as `aws cloudformation package` would write it, with the code in S3."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://artifacts/code"
    return template


def defaults(template):
    """Returns values for the parameters, which the translator requires; those without a default get a stand-in."""
    return {name: parameter.get("Default", "stand-in") for name, parameter in template["Parameters"].items()}


def main(path):
    logging.disable(logging.WARNING)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = written_out(path)
    named = set(template["Resources"])
    result = transform(packaged(template), defaults(template), NoManagedPolicies())
    made_up = sorted(set(result["Resources"]) - named)
    if made_up:
        sys.exit(f"SAM adds resources that {path} does not define: {', '.join(made_up)}")
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
