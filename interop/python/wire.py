"""Requests as bytes, for what no client would send: written to a socket as they are."""

import http.client
import json
import select
import socket
import time
import xml.etree.ElementTree as xml

# An answer, or the end of the connection, comes at once or never.
PATIENCE_SECONDS = 15

CHUNK_BYTES = 64 * 1024


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def pinpoint_error(self):
        """The error type of an answer in Pinpoint's shape."""
        assert self.headers["content-type"] == "application/json"
        assert self.headers["x-amzn-requestid"]
        message = json.loads(self.body)
        assert message.get("Message") or message.get("message")
        return self.headers["x-amzn-errortype"]

    def s3_error(self):
        """The code of an answer in S3's shape."""
        assert self.headers["x-amz-request-id"]
        root = xml.fromstring(self.body)
        assert root.tag == "Error"
        assert root.findtext("Message")
        return root.findtext("Code")


def exchange(target, head, body=(), half_close=False):
    """Sends bytes until they end or an answer comes; the answer, or None if the connection was closed without one.

    A connection that stays open and silent is a failure.
    """
    with socket.create_connection(target.address, timeout=PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(head)
            for chunk in body:
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(chunk)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            # The other side has closed already; what it had to say can still be read.
            pass
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            return Answer(response)
        except (http.client.HTTPException, ConnectionResetError, BrokenPipeError):
            return None
        except TimeoutError:
            raise AssertionError("neither an answer nor the end of the connection") from None


def request(method, path, headers, body=b""):
    """The bytes of a request; the length is added unless a header is about it."""
    headers = {"Host": "127.0.0.1", **headers}
    if not {"content-length", "transfer-encoding"} & {name.lower() for name in headers}:
        headers["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def signature(service):
    """Headers of a well-formed signature; whether it is right is not judged in the default mode."""
    now = time.gmtime()
    day, instant = time.strftime("%Y%m%d", now), time.strftime("%Y%m%dT%H%M%SZ", now)
    signed = "host;x-amz-content-sha256;x-amz-date" if service == "s3" else "host;x-amz-date"
    payload = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"} if service == "s3" else {}
    return {
        "x-amz-date": instant,
        "Authorization": f"AWS4-HMAC-SHA256 Credential=test/{day}/us-east-1/{service}/aws4_request, "
        f"SignedHeaders={signed}, Signature={'0' * 64}",
        **payload,
    }


def zeros(size):
    """A body of that many bytes, in chunks."""
    while size > 0:
        yield bytes(min(size, CHUNK_BYTES))
        size -= CHUNK_BYTES
