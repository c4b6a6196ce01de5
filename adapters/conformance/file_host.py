"""A host of files for a portal that fetches them by address."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileHost:
    """Serves bytes by path on 127.0.0.1, as the agency's download gateway does."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                host.asked.append(self.path)
                content = host.files.get(self.path)
                if self.path == "/chuyen-huong":
                    self.send_response(302)
                    self.send_header("Location", "/a.pdf")
                else:
                    self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, path: str, content: bytes) -> str:
        """Serve these bytes there; their address."""
        self.files[path] = content
        return self.url + path

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
