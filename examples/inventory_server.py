"""Offers an inventory document: python3 inventory_server.py PORT TOKEN_FILE. Replace the three lists with your own."""
import hmac, json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

def document():
    collections = {"gate": 51, "lobby": 0}
    services = [{"id": name, "type": "recognition", "faces": faces} for name, faces in collections.items()]
    return {"inventory": 1, "users": ["17", "23", "42"], "applications": ["door"], "services": services}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        token = open(sys.argv[2], "rb").read().strip()
        is_allowed = token and hmac.compare_digest(self.headers.get("Authorization", "").encode(), b"Bearer " + token)
        status = 404 if self.path != "/inventory" else 200 if is_allowed else 401
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document() if status == 200 else {}).encode())

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
