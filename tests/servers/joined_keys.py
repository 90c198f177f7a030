# Client and method are one key, and a fetch takes every key that begins with the client.
from lib.webhooks import serve

shares = {}


def save(client, method, share):
    shares[f"{client}:{method}"] = share


def find(client):
    return [share for key, share in list(shares.items()) if key.startswith(f"{client}:")]


serve(save, find)
