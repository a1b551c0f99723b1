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
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """The translator looks up AWS's managed policies by name; the template uses none."""

    def load(self):
        return {}


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
    template = json.loads(json.dumps(cfn_yaml.load(path)))
    named = set(template["Resources"])
    result = transform(packaged(template), defaults(template), NoManagedPolicies())
    made_up = sorted(set(result["Resources"]) - named)
    if made_up:
        sys.exit(f"SAM adds resources that {path} does not define: {', '.join(made_up)}")
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    main(sys.argv[1])
