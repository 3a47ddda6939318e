import time, pytest, asyncpg
from conftest import serving
pytestmark = pytest.mark.parametrize("n", range(5))
def test_t(postgres, n):
    for s in ("WAL_LOG","FILE_COPY"):
            a=time.perf_counter(); postgres.execute(f"CREATE DATABASE t{n} TEMPLATE voltaro_template STRATEGY {s}"); b=time.perf_counter()
            postgres.execute(f"DROP DATABASE t{n} WITH (FORCE)"); c=time.perf_counter()
            print(s, round((b-a)*1000), round((c-b)*1000))
async def test_s(database_url, tmp_path, n):
    a=time.perf_counter()
    async with serving(database_url, tmp_path) as api:
        print("serving", round((time.perf_counter()-a)*1000))
        a=time.perf_counter()
        await api.station("CP-1")
        print("put", round((time.perf_counter()-a)*1000))
        a=time.perf_counter()
        await api.station("CP-1")
        print("put", round((time.perf_counter()-a)*1000))
        a=time.perf_counter()
    print("close", round((time.perf_counter()-a)*1000))
