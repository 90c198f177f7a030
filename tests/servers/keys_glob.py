# Keys `share:CLIENT:METHOD` are found by a glob, as with KEYS or SCAN MATCH in Redis.
import fnmatch

from lib.webhooks import serve

redis = {}


def save(client, method, share):
    redis[f"share:{client}:{method}"] = share


def find(client):
    return [share for key, share in list(redis.items()) if fnmatch.fnmatchcase(key, f"share:{client}:*")]


serve(save, find)
