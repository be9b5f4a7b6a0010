#!/bin/sh
# On a terminal: the progress stays on one line, however narrow it is, and nothing else is drawn.
. "$(dirname "$0")/run.sh"
quick_task t.toml
cat >draw.py <<'END'
import fcntl, os, pty, struct, sys, termios
columns = int(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[2], sys.argv[2:])
drawn = b""
while True:
    try:
        some = os.read(terminal, 65536)
    except OSError:
        break
    if not some:
        break
    drawn += some
_, status = os.waitpid(pid, 0)
assert status == 0, drawn
lines = drawn.decode().split("\r\n")
bars = [bar for line in lines for bar in line.split("\r") if bar.startswith("[")]
assert bars, drawn
assert max(map(len, bars)) < columns, (columns, max(map(len, bars)))
assert sum(line.startswith("\r[") for line in lines) == 1, lines
END
if ! python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
    echo "skipped: no python3 with terminals"
    exit 0
fi
for columns in 200 80 40 20 2; do
    rm -rf run
    python3 draw.py $columns "$carve" train t.toml --out run >out 2>err || fail "a terminal of $columns columns"
done
finish
