"""Runs the SAM translator as CloudFormation does, and prints the template that results (JSON).

    python local/translate_template.py template.yaml >translated.json

Refuses a result with a resource that the template does not name: a role, a permission or an API that SAM makes up is one
that nobody reads and no test covers. Needs aws-sam-translator and cfn-lint (for its reader of CloudFormation's YAML).
"""

import json
import logging
import os
import sys

from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """The translator asks for AWS's managed policies by name; the template uses none."""

    def load(self):
        return {}


def packaged(template):
    """The template as `aws cloudformation package` leaves it: code lies in S3."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://artifacts/code"
    return template


def defaults(template):
    """The translator wants the parameters' values; those without a default get a stand-in."""
    return {name: parameter.get("Default", "stand-in") for name, parameter in template["Parameters"].items()}


def main(path):
    logging.disable(logging.WARNING)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = json.loads(json.dumps(cfn_yaml.load(path)))
    named = set(template["Resources"])
    result = transform(packaged(template), defaults(template), NoManagedPolicies())
    made_up = sorted(set(result["Resources"]) - named)
    if made_up:
        sys.exit(f"SAM adds what {path} does not name: {', '.join(made_up)}")
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
