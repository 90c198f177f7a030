# Four workers, each with a memory of its own; a request goes to any of them.
import random

from lib.webhooks import serve

workers = [{} for _ in range(4)]


def save(client, method, share):
    random.choice(workers).setdefault(client, {})[method] = share


def find(client):
    return list(random.choice(workers).get(client, {}).values())


serve(save, find)
