"""Protocol vectors that our bytes differ from, by the reason; botocore itself leaves out all that fail here."""

_SENT_TWICE = "the client sends the bound parameters in the map as well; the wire cannot tell which the caller meant"
_NOT_SENT = "what is empty is not sent, so the wire cannot tell it from what is absent"
_EMPTY_DOCUMENT = "the body is an empty document, which is also how an empty structure is sent"

SAME_ON_THE_WIRE = {
    "ec2-Ec2EmptyQueryLists": _NOT_SENT,
    "query-QueryEmptyQueryMaps": _NOT_SENT,
    "rest-json-RestJsonHttpPrefixHeadersAreNotPresent": _NOT_SENT,
    "rest-json-RestJsonOmitsEmptyListQueryValues": _NOT_SENT,
    "rest-xml-HttpPrefixHeadersAreNotPresent": _NOT_SENT,
    "rest-json-RestJsonAllQueryStringTypes": _SENT_TWICE,
    "rest-json-RestJsonQueryStringEscaping": _SENT_TWICE,
    "rest-json-RestJsonSupportsNaNFloatQueryValues": _SENT_TWICE,
    "rest-json-RestJsonSupportsInfinityFloatQueryValues": _SENT_TWICE,
    "rest-json-RestJsonSupportsNegativeInfinityFloatQueryValues": _SENT_TWICE,
    "rest-json-RestJsonZeroAndFalseQueryValues": _SENT_TWICE,
    "rest-json-RestJsonHttpWithEmptyStructurePayload": _EMPTY_DOCUMENT,
    "rest-json-RestJsonHttpWithHeadersButNoPayload": _EMPTY_DOCUMENT,
}
"""Input vectors that are read as another request, one that a client sends in the same way."""

_TOKEN = "the client makes up the token, which the vector's parameters do not have"
_PRECEDENCE = "the map lacks what is bound to a member, which the vector's map has"
_NO_BODY = "the vector has no body: it shows only that the client compresses it and says so"
READ_DIFFERENTLY = {
    "rest-json-RestJsonQueryPrecedence": _PRECEDENCE,
    "rest-xml-RestXmlQueryPrecedence": _PRECEDENCE,
    "ec2-Ec2ProtocolIdempotencyTokenAutoFill": _TOKEN,
    "query-QueryProtocolIdempotencyTokenAutoFill": _TOKEN,
    "rest-json-RestJsonQueryIdempotencyTokenAutoFill": _TOKEN,
    "rest-xml-QueryIdempotencyTokenAutoFill": _TOKEN,
    "rest-json-RestJsonHostWithPath": "the endpoint has a path of its own, which a server behind it does not see",
    **{
        f"{file}-{case}_{protocol}": _NO_BODY
        for file, protocol, second in (
            ("ec2", "ec2Query", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding"),
            ("json", "awsJson1_1", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding"),
            ("json_1_0", "awsJson1_0", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding"),
            ("query", "awsQuery", "SDKAppendsGzipAndIgnoresHttpProvidedEncoding"),
            ("rest-json", "restJson1", "SDKAppendedGzipAfterProvidedEncoding"),
            ("rest-xml", "restXml", "SDKAppendedGzipAfterProvidedEncoding"),
        )
        for case in ("SDKAppliedContentEncoding", second)
    },
}
"""Input vectors from which a server cannot tell what the caller gave."""

_UTC = "a server writes UTC; the vector shows that clients read offsets"
_SPELLING = "the vector shows which spellings of an error's name clients accept; ours is the protocol's own"
_EXTRA = "the vector shows that clients ignore what they do not know"
_NULLS = "the vector shows that clients ignore nulls; nothing absent is written here"
_EMPTY = "the vector shows that clients accept both an empty body and an empty document"
_LIST_NAMES = "AWS's own models (SimpleDB, S3) name the elements of flattened lists as it is done here"
_NO_MESSAGE = "the vector's response has a message and its error has none"
_PAYLOAD_ROOT = "S3's models name a payload's root on the member, as the vector's model does with another meaning"

WRITTEN_DIFFERENTLY = {
    **{
        f"{file}-{name}{sign}Offset": _UTC
        for file, name in (
            ("ec2", "Ec2QueryDateTimeWith"),
            ("json", "AwsJson11DateTimeWith"),
            ("query", "AwsQueryDateTimeWith"),
            ("rest-json", "RestJsonDateTimeWith"),
            ("rest-xml", "RestXmlDateTimeWith"),
        )
        for sign in ("Negative", "Positive")
    },
    **{
        f"{file}-{name}FooErrorUsing{form}": _SPELLING
        for file, name in (("json", "AwsJson11"), ("json_1_0", "AwsJson10"), ("rest-json", "RestJson"))
        for form in (
            "XAmznErrorType",
            "XAmznErrorTypeWithUri",
            "XAmznErrorTypeWithUriAndNamespace",
            "Code",
            "CodeAndNamespace",
            "CodeUriAndNamespace",
        )
        if (name, form) != ("RestJson", "XAmznErrorType")
    },
    **{
        f"{file}-{name}FooErrorWithDunderType{form}": _SPELLING
        for file, name in (("json", "AwsJson11"), ("json_1_0", "AwsJson10"), ("rest-json", "RestJson"))
        for form in ("", "AndNamespace", "UriAndNamespace")
        if name == "RestJson" or form == "UriAndNamespace"
    },
    "json-handles_unexpected_json_output": _EXTRA,
    "json_1_0-AwsJson10HandlesUnexpectedJsonOutput": _EXTRA,
    "json-AwsJson11DeserializeIgnoreType": _EXTRA,
    "json_1_0-AwsJson10DeserializeIgnoreType": _EXTRA,
    "rest-json-RestJsonDeserializeIgnoreType": _EXTRA,
    "rest-json-RestJsonIgnoreQueryParamsInResponse": _EXTRA,
    "rest-json-RestJsonIgnoreQueryParamsInResponseNoPayload": _EXTRA,
    "rest-xml-IgnoreQueryParamsInResponse": _EXTRA,
    "smithy-rpc-v2-cbor-RpcV2CborExtraFieldsInTheBodyShouldBeSkippedByClients": _EXTRA,
    "smithy-rpc-v2-cbor-RpcV2CborPayloadWithUnsetUnion": _EXTRA,
    "json-AwsJson11IntEnums": "the vector expects a request's header in a response",
    "json-AwsJson11StructuresDontDeserializeNullValues": _NULLS,
    "json_1_0-AwsJson10DeserializeAllowNulls": _NULLS,
    "rest-json-RestJsonDoesntDeserializeNullStructureValues": _NULLS,
    "rest-json-RestJsonDeserializesDenseSetMapAndSkipsNull": _NULLS,
    "json-json_1_1_service_responds_with_no_payload": _EMPTY,
    "json_1_0-AwsJson10ServiceRespondsWithNoPayload": _EMPTY,
    "rest-json-RestJsonEmptyInputAndEmptyOutput": _EMPTY,
    "rest-json-RestJsonEmptyInputAndEmptyOutputJsonObjectOutput": _EMPTY,
    "rest-json-RestJsonHttpResponseCode": _EMPTY,
    "rest-json-RestJsonGreetingWithErrorsNoPayload": _EMPTY,
    "rest-json-RestJsonHttpResponseCodeWithNoPayload": _EMPTY,
    "rest-json-RestJsonNoInputAndOutputWithJson": _EMPTY,
    "rest-json-RestJsonNoInputAndOutputNoPayload": _EMPTY,
    "rest-xml-RestXmlHttpResponseCode": _EMPTY,
    "smithy-rpc-v2-cbor-NoOutputClientAllowsEmptyCbor": _EMPTY,
    "smithy-rpc-v2-cbor-NoOutputClientAllowsEmptyBody": _EMPTY,
    "rest-xml-InvalidGreetingError": _EXTRA,
    "ec2-Ec2ComplexError": _NO_MESSAGE,
    "rest-xml-ComplexError": _NO_MESSAGE,
    "ec2-Ec2XmlEmptyLists": "EC2's other vectors have a charset in the content type",
    "rest-xml-RestXmlHttpPayloadWithUnion": _PAYLOAD_ROOT,
    "rest-xml-HttpPayloadWithXmlName": _PAYLOAD_ROOT,
    "rest-xml-HttpPayloadWithXmlNamespace": _PAYLOAD_ROOT,
    "rest-xml-HttpPayloadWithXmlNamespaceAndPrefix": _PAYLOAD_ROOT,
}
"""Output vectors whose bytes are another server's choice; botocore reads ours as the same result."""

NOT_WRITTEN = {
    "ec2-Ec2XmlLists": _LIST_NAMES,
    "query-QueryXmlLists": _LIST_NAMES,
    "rest-xml-XmlLists": _LIST_NAMES,
}
"""Output vectors that fail."""
