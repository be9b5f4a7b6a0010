#!/bin/sh
# Limits of memory, threads and file size: a message that names what is missing, and its exit code.
. "$(dirname "$0")/run.sh"
quick_task t.toml

# limited LIMIT CODE COMMAND...: under ulimit LIMIT.
limited() {
    limit=$1 code=$2
    shift 2
    # shellcheck disable=SC2086 # an option and its value
    (ulimit -c 0; ulimit $limit && exec "$carve" "$@") >out 2>err </dev/null
    got=$?
    [ $got = "$code" ] || fail "carve $* under ulimit $limit: exit code $got, not $code"
}

# What cannot fit is refused at once, and nothing is left behind.
huge="data.x.samples=65536 trials.search=65536"
if (ulimit -v 4000000) 2>/dev/null && ! nm -a "$carve" 2>/dev/null | grep -q __asan_init; then
    # shellcheck disable=SC2086
    for verb in "train t.toml --out big" "check t.toml" "explore t.toml --out big --set search.goal=2"; do
        limited "-v 4000000" 71 $verb --set $huge
        says err "error: the task needs at least "
        says err "MB of memory (2.062e+05 of trials, " # 2 * 65536 * (65536 * 3 + 2 * 3) * 8 bytes
        says err "may have 4096 MB: its address space (ulimit -v)"
        silent out
    done
    [ ! -e big ] || fail "a task that cannot fit leaves a directory"
    # What the estimate does not foresee: memory runs out while the search runs.
    limited "-v 400000" 71 train t.toml --out tight --threads 1 --set trials.held_out=200 \
        trials.validation=60000 data.x.samples=2000
    says err "error: "
    says err "memory"
else
    echo "skipped: a limit of memory"
fi

# Threads that do not start.
cat >no_threads.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
int pthread_create(pthread_t* t, const pthread_attr_t* a, void* (*f)(void*), void* x) {
    static int left = -1;
    if (left < 0)
        left = atoi(getenv("THREADS_LEFT"));
    if (left-- <= 0)
        return left = 0, EAGAIN;
    int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) =
        (int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*))dlsym(RTLD_NEXT, "pthread_create");
    return real(t, a, f, x);
}
END
if cc -shared -fPIC -o no_threads.so no_threads.c -ldl 2>/dev/null &&
    LD_PRELOAD=$work/no_threads.so THREADS_LEFT=0 "$carve" info >/dev/null 2>&1; then
    for left in 0 1 2; do
        rm -rf run
        LD_PRELOAD=$work/no_threads.so THREADS_LEFT=$left "$carve" train t.toml --out run --threads 4 >out 2>err
        got=$?
        [ $got = 71 ] || fail "$left threads of 3: exit code $got, not 71"
        says err "only $((left + 1)) of 4 threads can be started"
    done
    LD_PRELOAD=$work/no_threads.so THREADS_LEFT=0 "$carve" train t.toml --out run --threads 1 -q >out 2>err ||
        fail "one thread needs no other"
else
    echo "skipped: threads that do not start (no cc, or a library is preloaded already)"
fi

# A file that may not grow: 4 blocks of 512 bytes, fewer than the task has.
limited "-f 2" 4 train t.toml --out small
says err "error: cannot write 'small/"
says err "File too large"
limited "-f 1" 4 new task
says err "task.toml"
finish
