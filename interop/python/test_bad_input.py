"""Input that no well-meaning client sends: a clear error in AWS's shape or a closed connection, never a hang or a 500.

After every test the emulator must still be there. That it neither panicked nor logged an internal error is read
from its log by interop/run.
"""

import base64
import json
import random
import socket
import time
import zlib

import pytest
import urllib3

from wire import exchange, request, signature, zeros

MIB = 1024 * 1024

ROLE = '"RoleArn":"arn:aws:iam::000000000000:role/export"'


@pytest.fixture(autouse=True)
def still_healthy(target):
    yield
    assert urllib3.request("GET", f"{target.endpoint_url}/_emulator/health", timeout=5).status == 200


def is_closed_or_bare_refusal(answer):
    """What is no HTTP at all is answered by the HTTP layer, which knows no service and writes no body."""
    return answer is None or (400 <= answer.status < 500 or answer.status in (501, 505))


def pinpoint_paths(application_id):
    yield "POST", "/v1/apps"
    yield "POST", f"/v1/apps/{application_id}/jobs/export"
    yield "PUT", f"/v1/apps/{application_id}/endpoints/x"
    yield "PUT", f"/v1/apps/{application_id}/endpoints"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"}",
        b"null",
        b"true",
        b'"text"',
        b"17",
        b"not JSON",
        b"<xml/>",
        b"\x00\x01\x02",
        b"\xff\xfe{\x00}\x00",
        b'{"S3UrlPrefix":"\xff"}',
        b'{"S3UrlPrefix":"\\ud800"}',
        b'{"Name":1e999}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{} {}",
        b'{"Name":"a",}',
        b'{"Name":"a","Unknown":"\xff"}',
        b'{"Unknown":%s%s}' % (b"[" * 100, b"]" * 100),
        b" \n",
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_what_is_no_json_object_is_a_bad_request(target, application_id, body):
    for method, path in pinpoint_paths(application_id):
        answer = exchange(target, request(method, path, signature("mobiletargeting"), body))

        assert answer.status == 400, (path, answer.body)
        assert answer.pinpoint_error() == "BadRequestException"


@pytest.mark.parametrize(
    "method,path,body",
    [
        ("POST", "", '{"Name":17}'),
        ("POST", "", '{"Name":["a"]}'),
        ("POST", "", '{"Name":"a","tags":[]}'),
        ("POST", "", '{"Name":"a","tags":{"b":1}}'),
        ("POST", "/{}/jobs/export", '{"S3UrlPrefix":17,%s}' % ROLE),
        ("POST", "/{}/jobs/export", '{"S3UrlPrefix":{},%s}' % ROLE),
        ("POST", "/{}/jobs/export", '{"S3UrlPrefix":"s3://bucket/x/","RoleArn":[]}'),
        ("POST", "/{}/jobs/export", '{"S3UrlPrefix":"s3://bucket/x/","SegmentVersion":"one",%s}' % ROLE),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":17,"Address":"a"}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"PIGEON","Address":"a"}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":{}}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","Attributes":{"b":"c"}}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","Attributes":{"b":[1]}}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","Metrics":{"b":"c"}}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","Location":[]}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","Location":{"Latitude":"north"}}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","User":"ann"}'),
        ("PUT", "/{}/endpoints/x", '{"ChannelType":"EMAIL","Address":"a","OptOut":"MAYBE"}'),
        ("PUT", "/{}/endpoints", '{"Item":{}}'),
        ("PUT", "/{}/endpoints", '{"Item":[17]}'),
    ],
)
def test_wrong_types_are_a_bad_request(target, application_id, method, path, body):
    path = "/v1/apps" + path.format(application_id)

    answer = exchange(target, request(method, path, signature("mobiletargeting"), body.encode()))

    assert answer.status == 400, answer.body
    assert answer.pinpoint_error() == "BadRequestException"


@pytest.mark.parametrize(
    "method,path,body,message",
    [
        ("POST", "", '{"tags":{}}', "Missing Name"),
        ("POST", "/{}/jobs/export", '{"S3UrlPrefix":"s3://bucket/x/","RoleArn":null}', "Missing RoleArn"),
        ("PUT", "/{}/endpoints/x", '{"Address":["a"]}', "Address must be a string, not a list"),
        ("PUT", "/{}/endpoints", '{"Item":[{},{"Attributes":{"a":[null]}}]}', "Item[1].Attributes.a[0] must not be null"),
        (
            "POST",
            "/{}/jobs/export",
            '{"S3UrlPrefix":"s3://bucket/x/","SegmentVersion":1e9,%s}' % ROLE,
            "SegmentVersion must be a whole number from -2147483648 to 2147483647, not another number",
        ),
        (
            "PUT",
            "/{}/endpoints/x",
            '{"EndpointRequest":{"ChannelType":"EMAIL","Address":"a"}}',
            "The members of EndpointRequest stand in the body by themselves, not in a member of this name",
        ),
    ],
)
def test_refusal_of_a_body_names_the_member(target, application_id, method, path, body, message):
    path = "/v1/apps" + path.format(application_id)

    answer = exchange(target, request(method, path, signature("mobiletargeting"), body.encode()))

    assert answer.status == 400
    assert json.loads(answer.body)["Message"] == message


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""])
def test_body_of_another_media_type_is_unsupported(target, application_id, media_type):
    for method, path in pinpoint_paths(application_id):
        headers = {**signature("mobiletargeting"), "Content-Type": media_type}

        answer = exchange(target, request(method, path, headers, b'{"Name":"a"}'))

        assert (answer.status, answer.body) == (415, b'{"message": "Unsupported Media Type"}')
        assert answer.pinpoint_error() == "BadRequestException"


@pytest.mark.parametrize("size", [7 * MIB + 1, 8 * MIB, 100 * MIB])
def test_body_over_seven_megabytes_is_too_large_for_pinpoint(target, application_id, size):
    for method, path in pinpoint_paths(application_id):
        head = request(method, path, {**signature("mobiletargeting"), "Content-Length": size})

        answer = exchange(target, head, zeros(size))

        # An answer may be lost when the rest of the body meets a closed connection.
        if answer is not None:
            assert answer.status == 413
            assert answer.pinpoint_error() == "PayloadTooLargeException"


def test_endless_body_is_too_large_for_pinpoint(target):
    head = request("POST", "/v1/apps", {**signature("mobiletargeting"), "Transfer-Encoding": "chunked"})

    answer = exchange(target, head, (b"10000\r\n" + chunk + b"\r\n" for chunk in zeros(100 * MIB)))

    assert answer is None or answer.status == 413


@pytest.mark.parametrize("size", [7 * MIB, 100 * MIB])
def test_sdk_learns_that_its_body_is_too_large(pinpoint, size):
    with pytest.raises(pinpoint.exceptions.PayloadTooLargeException):
        pinpoint.create_app(CreateApplicationRequest={"Name": "x" * size})


def test_hundred_megabytes_are_an_object(s3, target, bucket):
    head = request("PUT", f"/{bucket}/large", {**signature("s3"), "Content-Length": 100 * MIB})

    answer = exchange(target, head, zeros(100 * MIB))

    assert answer.status == 200
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == 100 * MIB
    s3.delete_object(Bucket=bucket, Key="large")


def test_hundred_megabytes_are_too_much_for_the_control_interface(target):
    head = request("PUT", "/_emulator/clock", {"Content-Length": 100 * MIB})

    answer = exchange(target, head, zeros(100 * MIB))

    assert answer is None or 400 <= answer.status < 500


def test_truncated_body_is_no_request(s3, target, application_id, bucket):
    for method, path in pinpoint_paths(application_id):
        head = request(method, path, {**signature("mobiletargeting"), "Content-Length": 100})
        answer = exchange(target, head, [b'{"Name":"cut'], half_close=True)
        assert answer is None or answer.status == 400
    head = request("PUT", f"/{bucket}/cut", {**signature("s3"), "Content-Length": 100})
    answer = exchange(target, head, [b"cut"], half_close=True)
    assert answer is None or answer.status == 400

    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    "authorization",
    [
        "garbage",
        "",
        " ",
        "Basic dGVzdDp0ZXN0",
        "Bearer x",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential",
        "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/SERVICE/aws4_request, SignedHeaders=host;x-amz-date",
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/SERVICE/aws4_request, SignedHeaders=host, Signature=xyz",
        "AWS4-HMAC-SHA256 Credential=a/not-a-date/us-east-1/SERVICE/aws4_request, SignedHeaders=host, Signature="
        + "0" * 64,
        "AWS4-HMAC-SHA999 Credential=a/20260101/us-east-1/SERVICE/aws4_request, SignedHeaders=host, Signature="
        + "0" * 64,
        "AWS4-HMAC-SHA256 " + "Credential=a," * 1000,
        "\xff\xfe",
    ],
    ids=lambda value: ascii(value[:40]),
)
def test_garbage_signature_is_refused(target, bucket, authorization):
    for service, path in (("mobiletargeting", "/v1/apps"), ("s3", f"/{bucket}?list-type=2")):
        headers = {"Authorization": authorization.replace("SERVICE", service)}

        answer = exchange(target, request("GET", path, headers))

        assert answer.status in (400, 403), answer.body
        if service == "mobiletargeting":
            assert answer.pinpoint_error().endswith("Exception")
        else:
            assert answer.s3_error()


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Algorithm=x&X-Amz-Credential=%2F%2F%2F&X-Amz-Date=x&X-Amz-Expires=-1&X-Amz-SignedHeaders=&X-Amz-Signature=",
        "AWSAccessKeyId=test&Signature=%ff&Expires=never",
        "AWSAccessKeyId=test&Signature=x&Expires=99999999999999999999999999",
        "AWSAccessKeyId=test",
    ],
)
def test_garbage_presigned_url_is_refused(target, bucket, query):
    answer = exchange(target, request("GET", f"/{bucket}/x?{query}", {}))

    assert answer.status in (400, 403), answer.body
    assert answer.s3_error()


def checksum_headers():
    """Headers about the body `content`, each wrong in one way, and the code that answers them."""
    wrong = base64.b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()
    yield {"Content-MD5": base64.b64encode(bytes(16)).decode()}, "BadDigest"
    yield {"Content-MD5": "garbage"}, "InvalidDigest"
    yield {"x-amz-checksum-crc32": wrong}, "BadDigest"
    yield {"x-amz-checksum-crc32": "garbage"}, "InvalidRequest"
    yield {"x-amz-checksum-crc32c": wrong}, "BadDigest"
    yield {"x-amz-checksum-sha1": base64.b64encode(bytes(20)).decode()}, "BadDigest"
    yield {"x-amz-checksum-sha256": base64.b64encode(bytes(32)).decode()}, "BadDigest"
    yield {"x-amz-checksum-crc64nvme": base64.b64encode(bytes(8)).decode()}, "BadDigest"
    yield {"x-amz-content-sha256": "0" * 64}, "XAmzContentSHA256Mismatch"
    yield {"x-amz-content-sha256": "garbage"}, "InvalidArgument"


@pytest.mark.parametrize("headers,code", list(checksum_headers()), ids=str)
def test_wrong_checksum_in_a_header_is_refused(s3, target, bucket, headers, code):
    answer = exchange(target, request("PUT", f"/{bucket}/x", {**signature("s3"), **headers}, b"content"))

    assert (answer.status, answer.s3_error()) == (400, code)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def chunked(content, trailer):
    return b"%x\r\n%s\r\n0\r\n%s\r\n\r\n" % (len(content), content, trailer)


def trailer_headers(length):
    return {
        **signature("s3"),
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": length,
        "x-amz-trailer": "x-amz-checksum-crc32",
        "Content-Encoding": "aws-chunked",
    }


def test_right_checksum_in_a_trailer_is_taken(s3, target, bucket):
    crc = base64.b64encode(zlib.crc32(b"content").to_bytes(4, "big"))

    body = chunked(b"content", b"x-amz-checksum-crc32:" + crc)
    answer = exchange(target, request("PUT", f"/{bucket}/x", trailer_headers(7), body))

    assert answer.status == 200, answer.body
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"content"


@pytest.mark.parametrize(
    "length,body",
    [
        (7, chunked(b"content", b"x-amz-checksum-crc32:AAAAAA==")),
        (7, chunked(b"content", b"x-amz-checksum-crc32:garbage")),
        (7, chunked(b"content", b"")),
        (7, chunked(b"content", b"no colon")),
        (9, chunked(b"content", b"x-amz-checksum-crc32:AAAAAA==")),
        (7, b"garbage"),
        (7, b"7\r\nconte"),
        (7, b"ffffffffffffffffffff\r\n"),
        (7, b"-7\r\ncontent\r\n0\r\n\r\n"),
        ("garbage", chunked(b"content", b"")),
    ],
    ids=str,
)
def test_wrong_trailers_and_chunks_are_refused(s3, target, bucket, length, body):
    answer = exchange(target, request("PUT", f"/{bucket}/x", trailer_headers(length), body))

    assert 400 <= answer.status < 500, answer.body
    assert answer.s3_error()
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {f"x-header-{number}": "x" for number in range(10_000)},
        {"x-long": "x" * MIB},
        {"x" * MIB: "x"},
    ],
    ids=["ten thousand", "long value", "long name"],
)
def test_too_many_headers_are_refused(target, fields):
    for headers in (fields, {**signature("mobiletargeting"), **fields}, {**signature("s3"), **fields}):
        answer = exchange(target, request("GET", "/v1/apps", headers))

        assert answer is None or 400 <= answer.status < 500


@pytest.mark.parametrize(
    "head",
    [
        b"garbage\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"PUT /v1/apps HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n",
        b"GET /" + b"x" * MIB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100),
    ],
    ids=lambda head: ascii(head[:30]),
)
def test_what_is_no_http_is_refused_or_cut_off(target, head):
    assert is_closed_or_bare_refusal(exchange(target, head, half_close=True))


@pytest.mark.parametrize("service", ["mobiletargeting", "s3"])
@pytest.mark.parametrize(
    "path",
    [
        "/%",
        "/%zz",
        "/%ff",
        "/v1/apps/%ff",
        "/v1/apps/%00",
        "/v1//apps",
        "//",
        "/?%",
        "/?a=%ff&a",
        "/v1/apps?page-size=%ff",
        "*",
        "http://",
        "x",
    ],
)
def test_odd_paths_are_answered(target, service, path):
    answer = exchange(target, request("GET", path, signature(service)))

    assert answer is None or answer.status != 500


@pytest.mark.parametrize("host", ["", ".", "..", "localhost:x", "[::1", "a b", "-.localhost", "x." * 100 + "localhost"])
def test_odd_hosts_are_answered(target, host):
    answer = exchange(target, request("GET", "/x", {**signature("s3"), "Host": host}))

    assert answer is None or answer.status != 500


@pytest.mark.parametrize(
    "method,path,body",
    [
        ("POST", "?delete", b"not XML"),
        ("POST", "?delete", b"<Delete>"),
        ("POST", "?delete", b"<Delete><Object></Object></Delete>"),
        ("POST", "?delete", b"<Other/>"),
        ("POST", "?delete", b'<!DOCTYPE d [<!ENTITY e "x">]><Delete><Object><Key>&e;</Key></Object></Delete>'),
        ("POST", "/x?uploadId=none", b"<CompleteMultipartUpload>"),
        ("POST", "/x?uploadId=none", b"\xff"),
        ("PUT", "/x?partNumber=0&uploadId=none", b"x"),
        ("PUT", "/x?partNumber=x&uploadId=none", b"x"),
        ("GET", "?list-type=2&max-keys=-1", b""),
        ("GET", "?list-type=2&max-keys=x", b""),
        ("GET", "?list-type=2&continuation-token=%ff", b""),
        ("GET", "?list-type=7", b""),
    ],
)
def test_bad_calls_of_the_store_are_answered_with_a_code(target, bucket, method, path, body):
    answer = exchange(target, request(method, f"/{bucket}{path}", signature("s3"), body))

    assert answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.s3_error()


def mutated(source, stream):
    """The bytes with a few of them changed, dropped, doubled or cut."""
    changed = bytearray(source)
    for _ in range(stream.randint(1, 8)):
        position = stream.randrange(len(changed))
        match stream.randrange(4):
            case 0:
                changed[position] = stream.randrange(256)
            case 1:
                del changed[position : position + stream.randint(1, 10)]
            case 2:
                changed[position:position] = changed[position : position + stream.randint(1, 50)]
            case 3:
                changed[position:position] = stream.randbytes(stream.randint(1, 5))
        if not changed:
            break
    return bytes(changed)


def check_mutations(target, application_id, bucket, seed, count):
    stream = random.Random(seed)
    endpoint = b'{"ChannelType":"EMAIL","Address":"ann@example.com","Attributes":{"a":["b"]},"Metrics":{"c":1.5}}'
    job = b'{"S3UrlPrefix":"s3://no-such-bucket/x/","RoleArn":"arn:aws:iam::000000000000:role/export"}'
    crc = b"x-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(b"content").to_bytes(4, "big"))
    sources = [
        request("PUT", f"/v1/apps/{application_id}/endpoints/a%2Fb", signature("mobiletargeting"), endpoint),
        request("POST", f"/v1/apps/{application_id}/jobs/export", signature("mobiletargeting"), job),
        request("GET", f"/v1/apps/{application_id}/jobs/export?page-size=2", signature("mobiletargeting")),
        request("PUT", f"/{bucket}/x", trailer_headers(7), chunked(b"content", crc)),
        request("GET", f"/{bucket}?list-type=2&delimiter=%2F&max-keys=3", signature("s3")),
        request("POST", f"/{bucket}?delete", signature("s3"), b"<Delete><Object><Key>x</Key></Object></Delete>"),
    ]
    for number in range(count):
        sent = mutated(stream.choice(sources), stream)
        answer = exchange(target, sent, half_close=True)
        assert answer is None or answer.status != 500, f"seed {seed}, number {number}: {sent!r}"


def test_changed_bytes_are_never_an_internal_error(target, application_id, bucket):
    check_mutations(target, application_id, bucket, seed=1, count=500)


@pytest.mark.full
def test_changed_bytes_are_never_an_internal_error_in_the_long_run(target, application_id, bucket):
    seed = random.SystemRandom().getrandbits(32)
    check_mutations(target, application_id, bucket, seed=seed, count=20_000)


@pytest.mark.full
def test_slow_head_is_cut_off(target):
    with socket.create_connection(target.address, timeout=60) as connection:
        connection.sendall(b"GET /_emulator/health HTTP/1.1\r\n")
        started = time.monotonic()
        try:
            while time.monotonic() - started < 50:
                connection.sendall(b"x: y\r\n")
                time.sleep(1)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - started < 40


@pytest.mark.full
def test_silent_connections_give_way_to_others(target):
    """More of them than are served at once: they are cut off after the time that a head may take."""
    silent = [socket.create_connection(target.address, timeout=60) for _ in range(2500)]
    try:
        assert urllib3.request("GET", f"{target.endpoint_url}/_emulator/health", timeout=60).status == 200
    finally:
        for connection in silent:
            connection.close()
