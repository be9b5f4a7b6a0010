#!/bin/sh
# A report in headless Chromium: scripts run without an error and draw what can be zoomed into, and nothing is asked for.
# tests/report/browser.mjs, which scripts/verify.sh runs, looks at more.
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo 'skipped: chromium is not installed'
    exit 77
}
. "$(dirname "$0")/../cli/command/run.sh"
quick_task t.toml
expect 0 train t.toml --out RUN -q

# With a line at its end that zooms in by the page's own button and says what came of it.
cat >probe.js <<'END'
<script>
document.querySelector("button.zoom").click();
setTimeout(async () => { // it draws a moment later
    const canvas = document.querySelector(".uplot canvas");
    const chart = document.querySelector(".uplot"), status = document.querySelector("[role=status]");
    const press = async key => { // what a key leads to, in words
        chart.dispatchEvent(new KeyboardEvent("keydown", { key: key, cancelable: true }));
        await new Promise(done => setTimeout(done, 20));
        const [from, to] = status.textContent.match(/[\d.]+(?:e[+-]?\d+)?/g).map(Number);
        return [from, to];
    };
    const width = ([from, to]) => to - from;
    const all = await press("Home"), near = await press("ArrowUp"), right = await press("ArrowRight");
    const wide = await press("ArrowDown"), ends = await press("-");
    const keys = chart.tabIndex === 0 && chart.getAttribute("aria-label").includes("zoom")
        && Math.abs(width(near) / width(all) - 0.5) < 0.05 && right[0] > near[0] && Math.abs(width(right) - width(near)) < 0.05 * width(all)
        && wide[1] === all[1] && ends[0] === all[0] && ends[1] === all[1];
    const pixels = canvas ? canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data : [];
    document.title = "drawn " + pixels.some(v => v > 0) + " keys " + keys
        + " wider " + (document.documentElement.scrollWidth > document.documentElement.clientWidth)
        + " requests " + performance.getEntriesByType("resource").length;
}, 200);
</script>
END
sed '/^<\/body>$/e cat probe.js' RUN/report.html >page.html
grep -q 'document.title = "drawn' page.html || fail 'the page has no end to put a probe at'
timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --window-size=1000,800 --user-data-dir="$work/profile" \
    --enable-logging=stderr --virtual-time-budget=3000 --dump-dom "file://$work/page.html" >out 2>err
says out '<title>drawn true keys true wider false requests 0</title>'
if grep -E 'INFO:CONSOLE|Uncaught|Refused' err; then
    fail 'the console is not silent'
fi
finish
