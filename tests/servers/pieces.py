# The body is decoded as it arrives, whatever a piece ends with.
from lib.webhooks import Webhooks, serve

shares = {}


class Pieces(Webhooks):
    def body(self):
        left, text = int(self.headers.get("Content-Length") or 0), ""
        while left:
            piece = self.rfile.read1(left)
            if not piece:
                break
            left -= len(piece)
            text += piece.decode(errors="replace")
        return text


def save(client, method, share):
    shares.setdefault(client, {})[method] = share


def find(client):
    return list(shares.get(client, {}).values())


serve(save, find, Pieces)
