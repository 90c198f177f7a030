# Keys made of client and method so that no two are alike, and a body that is decoded once.
from urllib.parse import quote

from lib.webhooks import serve

shares = {}


def save(client, method, share):
    shares[f"{quote(client, safe='')}:{quote(method, safe='')}"] = share


def find(client):
    start = quote(client, safe="") + ":"
    return [share for key, share in list(shares.items()) if key.startswith(start)]


serve(save, find)
