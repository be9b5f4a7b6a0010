// The first signal asks the search to stop, the second of the same kind ends the process.
#include "interrupt.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <initializer_list>
#include <sys/wait.h>
#include <unistd.h>

TEST_SUITE("signals") {
    TEST_CASE("a second signal ends a process that has not left after the first") {
        for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
            CAPTURE(number);
            const pid_t child = fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                carve::cli::watch_interrupts();
                raise(number);
                if (carve::cli::interrupted() != number)
                    _exit(1); // the first was not noted
                raise(number);
                _exit(2);
            }
            int status = 0;
            REQUIRE(waitpid(child, &status, 0) == child);
            CHECK(WIFSIGNALED(status));
            CHECK(WTERMSIG(status) == number);
        }
    }
}
