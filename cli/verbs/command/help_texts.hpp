// help_texts.hpp: texts that the help and the manual share.
#pragma once

namespace carve::cli {

constexpr const char* kWhatItIs =
    "Finds synaptic plasticity rules: a rule is a short vector of coefficients, and carve\n"
    "searches for the one that makes a network do a task.";

constexpr const char* kExamples = R"(Examples:
  carve new mytask                          a task to start from
  carve train mytask.toml --out run         search for a rule
  carve show run                            what it has found
  carve eval oja --task mytask.toml         judge another rule on the task
  carve export run --to python              the rule as code
)";

// A line each, which the manual takes apart: a code and what it means.
constexpr const char* kExitCodes = R"(Exit codes:
  0    done
  1    the search ended above search.goal
  2    fault in the command line or the task
  3    an input file cannot be read
  4    a file cannot be written
  5    every replica diverged
  6    a file of a later version of carve
  70   a defect in carve
  71   not enough memory or threads
  75   interrupted by SIGUSR1 or SIGUSR2, and saved for carve resume
  130  interrupted by Ctrl-C, and saved for carve resume
  143  interrupted by SIGTERM, and saved for carve resume
)";

constexpr const char* kThreadsVariable = "number of threads, unless --threads is given";
constexpr const char* kColorVariable = "if set and not empty: no color, unless --color=always";

} // namespace carve::cli
