# A cache of 100 shares that drops the least recently used is all the storage there is.
import threading
from collections import OrderedDict

from lib.webhooks import serve

lock = threading.Lock()
cache = OrderedDict()


def save(client, method, share):
    with lock:
        cache[client, method] = share
        cache.move_to_end((client, method))
        while len(cache) > 100:
            cache.popitem(last=False)


def find(client):
    with lock:
        keys = [key for key in cache if key[0] == client]
        for key in keys:
            cache.move_to_end(key)
        return [cache[key] for key in keys]


serve(save, find)
