"""How smooth the console's list of stations is in a browser, and how much it weighs.

The fleet is made up (made_up_fleet.py); the console is the built one and the browser a real one. A
machine without a graphics card draws in software: frames are lost there first.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

from playwright.async_api import async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.web.chromium import Watch, found_program, launched, missing

#: (stations, updates per second)
FLEETS = ((1_000, 200), (10_000, 1_000))
SECONDS = 10
#: name: (holds, in words)
BUDGETS = {
    "fps": (lambda value: value >= 55, "at least 55"),
    "long_tasks": (lambda value: value == 0, "none over 50 ms"),
    "main_percent": (lambda value: value <= 25, "at most 25 % of the main thread"),
    "heap_growth_mb": (lambda value: value < 5, "less than 5 MB"),
    "script_gzip_kb": (lambda value: value <= 120, "at most 120 kB"),
}
#: Frames, tasks over 50 ms, and how often rows changed; scrolls down and up if asked to.
MEASURE = """
([seconds, scrolling]) => new Promise((resolve) => {
  const frames = [], long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries()));
  observer.observe({ type: "longtask" });
  let changes = 0;
  const rows = document.querySelector("[data-rows]");
  const mutations = new MutationObserver((list) => (changes += list.length));
  mutations.observe(rows, { subtree: true, childList: true, characterData: true });
  let scroller = rows;
  while (scroller.scrollHeight <= scroller.clientHeight + 1) scroller = scroller.parentElement;
  const began = performance.now();
  let before = began, step = 40;
  const frame = (at) => {
    frames.push(at - before);
    before = at;
    if (scrolling) {
      const top = scroller.scrollTop;
      scroller.scrollTop = top + step;
      if (scroller.scrollTop === top) step = -step;
    }
    if (at - began < seconds * 1000) requestAnimationFrame(frame);
    else {
      observer.disconnect();
      mutations.disconnect();
      resolve({ frames, long: long.map((each) => each.duration), changes, scrolled: scroller.scrollTop });
    }
  };
  requestAnimationFrame(frame);
})
"""


@contextlib.contextmanager
def fleet(stations, per_s):
    command = [sys.executable, Path(__file__).with_name("made_up_fleet.py"), stations, per_s]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def measured(page, debugger, *, scrolling):
    """One window of time, after a collection of garbage."""

    async def busy_s():
        metrics = (await debugger.send("Performance.getMetrics"))["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    async def heap_bytes():
        await debugger.send("HeapProfiler.collectGarbage")
        return (await debugger.send("Runtime.getHeapUsage"))["usedSize"]

    heap, busy = await heap_bytes(), await busy_s()
    told = await page.evaluate(MEASURE, [SECONDS, scrolling])
    busy = await busy_s() - busy
    grown = await heap_bytes() - heap
    frames = sorted(told["frames"][1:])  # the first one began before
    assert told["changes"], "no row changed: nothing was measured"
    assert told["scrolled"] or not scrolling, "the list did not scroll"
    return {
        "fps": round(1000 * len(frames) / sum(frames), 1),
        "frame_ms_p95": round(frames[len(frames) * 95 // 100], 1),
        "long_tasks": len(told["long"]),
        "longest_task_ms": round(max(told["long"], default=0)),
        "main_percent": round(100 * busy / SECONDS, 1),
        "heap_growth_mb": round(grown / 1e6, 2),
        "heap_mb": round((heap + grown) / 1e6, 1),
        "row_changes": told["changes"],
    }


async def opened(browser, url):
    """The list of stations with rows in it, and the gzipped bytes of its scripts."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    watch, scripts = Watch(url), []
    watch.over(page)
    page.on("response", lambda answer: scripts.append(answer) if ".js" in answer.url else None)
    await page.goto(f"{url}/ui/stations")
    await page.get_by_text("CP-00001").first.wait_for(timeout=60_000)
    sizes = [await answer.request.sizes() for answer in scripts]
    return page, watch, sum(each["responseBodySize"] for each in sizes)


async def main():
    held = True
    async with async_playwright() as playwright:
        program = found_program(playwright)
        if (lack := missing(program)) is not None:
            sys.exit(lack)
        for stations, per_s in FLEETS:
            with fleet(stations, per_s) as url:
                async with launched(playwright, program) as browser:
                    page, watch, script = await opened(browser, url)
                    debugger = await page.context.new_cdp_session(page)
                    await debugger.send("Performance.enable")
                    for scrolling in (False, True):
                        found = await measured(page, debugger, scrolling=scrolling)
                        found["script_gzip_kb"] = round(script / 1000, 1)
                        case = {
                            "stations": stations,
                            "updates_per_s": per_s,
                            "scrolling": scrolling,
                        }
                        print(json.dumps(case | found))
                        held &= report(found, scrolling=scrolling)
                    assert not watch.faults, watch.faults
    print("every budget holds" if held else "not every budget holds")


def report(found, *, scrolling):
    """Print each budget; whether all hold."""
    # Who scrolls sees frames, not how busy the thread is that draws them.
    budgets = {k: v for k, v in BUDGETS.items() if not (scrolling and k == "main_percent")}
    for name, (holds, words) in budgets.items():
        print(f"  {'holds' if holds(found[name]) else 'MISSED'}: {name} {found[name]}, {words}")
    return all(holds(found[name]) for name, (holds, _) in budgets.items())


asyncio.run(main())
