"""Calls of the local stack's API, signed as any client signs them."""

import json
import os
from urllib.parse import urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

with open(os.environ["DOZO_STACK"], encoding="utf-8") as file:
    STACK = json.load(file)


class Signed(requests.auth.AuthBase):
    """Signs with the admin's key, which opens every route."""

    def __init__(self):
        key = STACK["credentials"]["admin"]
        credentials = Credentials(key["access_key_id"], key["secret_access_key"])
        self.signer = SigV4Auth(credentials, "execute-api", STACK["region"])

    def __call__(self, request):
        # Only the host is signed besides the body: what a test puts into other headers is its own.
        plain = AWSRequest(
            method=request.method,
            url=request.url,
            data=request.body,
            headers={"Host": urlsplit(request.url).netloc},
        )
        self.signer.add_auth(plain)
        for name in ("X-Amz-Date", "Authorization"):
            request.headers[name] = plain.headers[name]
        return request
