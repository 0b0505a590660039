def test_cache(cache):
    cache.set("isorun/value", 1)
    assert cache.get("isorun/value", None) == 1


def test_fails():
    assert 1 == 2
