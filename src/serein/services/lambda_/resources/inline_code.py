"""Source code that a template holds, as a package: one file called `index`, and the module for custom resources.

AWS: functions whose code is in the template can import `cfnresponse` (Python) and `cfn-response` (Node.js):
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-lambda-function-code-cfnresponsemodule.html
"""

import io
import zipfile

_PYTHON_RESPONSE = '''"""Answers CloudFormation for a custom resource."""

import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    ).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, headers={"content-type": ""}, method="PUT")
    with urllib.request.urlopen(request) as response:
        print("Status code:", response.status)
'''
_NODE_RESPONSE = """'use strict'
// Answers CloudFormation for a custom resource; the promise is for handlers that wait for it.
exports.SUCCESS = 'SUCCESS'
exports.FAILED = 'FAILED'

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData
  })
  const client = require(event.ResponseURL.startsWith('https:') ? 'https' : 'http')
  return new Promise((resolve) => {
    const done = () => { resolve(); context.done() }
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) }
    const request = client.request(event.ResponseURL, { method: 'PUT', headers }, (response) => {
      response.resume()
      console.log('Status code:', response.statusCode)
      done()
    })
    request.on('error', (error) => { console.log('send failed:', error); done() })
    request.end(body)
  })
}
"""


def package_of(source: str, runtime: str) -> bytes:
    """The zip file that inline source becomes."""
    is_python = runtime.startswith("python")
    files = {"index.py" if is_python else "index.js": source}
    if is_python and "cfnresponse" in source:
        files["cfnresponse.py"] = _PYTHON_RESPONSE
    if not is_python and "cfn-response" in source:
        files["node_modules/cfn-response/index.js"] = _NODE_RESPONSE
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # Why a fixed date: equal source makes equal packages.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return content.getvalue()
