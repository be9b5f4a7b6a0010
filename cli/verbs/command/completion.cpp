#include "completion.hpp"

#include "error.hpp"
#include "rule.hpp"
#include "shipped.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

using Words = std::vector<std::string>;

Words names_of_presets() {
    Words names;
    for (const Preset& preset : presets())
        names.push_back(preset.name);
    return names;
}

// "TASK" of a positional TASK as of an option that takes one.
const std::string& kind_of(const OptionWords& option) {
    return option.names.empty() ? option.positional : option.value;
}

// Whether what completes the option or positional is a rule: a preset or a file.
bool is_rule(const std::string& verb, const OptionWords& option) {
    return kind_of(option) == "RULE" || (verb == "compare" && option.positional == "RUN");
}

// Whether a file or a directory completes it; none does a number or a name.
bool is_file(const OptionWords& option) {
    const Words kinds = {"TASK", "RULE", "RUN", "DIR", "FILE", "FILE.npz", "OLD"};
    return std::find(kinds.begin(), kinds.end(), kind_of(option)) != kinds.end();
}

// All that an option or a positional may be, or the presets among what it may be.
Words words_for(const std::string& verb, const OptionWords& option) {
    if (!option.values.empty())
        return option.values;
    if (is_rule(verb, option) || (verb == "rules" && option.positional == "NAME"))
        return names_of_presets();
    return verb == "tasks" && option.positional == "NAME" ? task::shipped_names() : Words{};
}

Words names_of_options(const VerbWords& verb) {
    Words names;
    for (const OptionWords& option : verb.options)
        names.insert(names.end(), option.names.begin(), option.names.end());
    names.emplace_back("--color");
    return names;
}

Words names_of_verbs(const std::vector<VerbWords>& verbs) {
    Words names;
    for (const VerbWords& verb : verbs)
        names.push_back(verb.name);
    names.emplace_back("help");
    return names;
}

constexpr const char* kHelpWords = "settings losses populations";
constexpr const char* kColors = "auto always never";

// ---- bash ----------------------------------------------------------------------------------------

// What bash is to offer for an option's value or a positional, as assignments.
std::string bash_words(const std::string& verb, const OptionWords& option) {
    const Words known = words_for(verb, option);
    std::string out = known.empty() ? "" : fmt::format(" words='{}'", fmt::join(known, " "));
    if (is_file(option))
        out += " files=yes";
    return option.names.empty() && !option.repeats && !is_file(option) ? out + " once=yes" : out;
}

struct BashCases {
    std::string options;     // of each verb
    std::string values;      // of each option that has one
    std::string positionals; // of each verb
};

BashCases bash_cases(const std::vector<VerbWords>& verbs) {
    BashCases cases;
    for (const VerbWords& verb : verbs) {
        cases.options += fmt::format("      {}) words='{}' ;;\n", verb.name,
                                     fmt::join(names_of_options(verb), " "));
        for (const OptionWords& option : verb.options) {
            const std::string words = bash_words(verb.name, option);
            // Those without words are there, too: what is not is a positional.
            for (const std::string& name : option.names)
                if (!option.value.empty())
                    cases.values += fmt::format("    '{} {}'){} ;;\n", verb.name, name, words);
            if (option.names.empty())
                cases.positionals += fmt::format("      {}){} ;;\n", verb.name, words);
        }
    }
    return cases;
}

std::string bash(const std::vector<VerbWords>& verbs) {
    const BashCases cases = bash_cases(verbs);
    const Words names = names_of_verbs(verbs);
    return fmt::format(R"(# Completes the words of carve in bash.
_carve() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb at=1
  local words= files= once=
  # --to=p comes as three words: --to, = and p.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  # The verb may come after --color WHEN.
  while [ "$at" -lt "$COMP_CWORD" ]; do
    case ${{COMP_WORDS[at]}} in
    --color | --color=* | = | auto | always | never) at=$((at + 1)) ;;
    *) break ;;
    esac
  done
  verb=${{COMP_WORDS[at]}}
  if [ "$before" = --color ]; then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word")
    return
  elif [ "$at" = "$COMP_CWORD" ]; then
    mapfile -t COMPREPLY < <(compgen -W '{} --color --version --help' -- "$word")
    return
  fi
  case $word in
  -*)
    case $verb in
{}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    return ;;
  esac
  case "$verb $before" in
{}    *)
    case $verb in
      help) words='{} {}' once=yes ;;
{}    esac ;;
  esac
  # What may be there once is not offered again behind itself.
  case "$once: $words " in
  "yes:"*" $before "*) [ "$before" = "$verb" ] || words= ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"; [ -z "$files" ] || compgen -f -- "$word")
}}
complete -o filenames -F _carve carve
)",
                       kColors, fmt::join(names, " "), cases.options, cases.values,
                       fmt::join(names, " "), kHelpWords, cases.positionals);
}

// ---- zsh -----------------------------------------------------------------------------------------

// Within '[...]' of a specification.
std::string for_zsh(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'')
            out += "'\\'";
        if (c == '[' || c == ']' || c == ':')
            out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_action(const std::string& verb, const OptionWords& option) {
    const Words known = words_for(verb, option);
    if (is_rule(verb, option))
        return "_carve_rules";
    if (known.empty())
        return is_file(option) ? "_files" : " "; // of a blank zsh shows the kind alone
    return fmt::format("({})", fmt::join(known, " "));
}

std::string zsh_arguments(const VerbWords& verb) {
    std::string out = fmt::format(" \\\n      '--color=[of messages]:WHEN:({})'", kColors);
    for (const OptionWords& option : verb.options) {
        const std::string repeats = option.repeats ? "*" : "";
        const std::string action = zsh_action(verb.name, option);
        for (const std::string& name : option.names)
            out += fmt::format(" \\\n      '{}{}{}[{}]{}'", repeats, name,
                               option.value.empty() ? "" : "=", for_zsh(option.what),
                               option.value.empty() ? ""
                                                    : fmt::format(":{}:{}", option.value, action));
        if (option.names.empty())
            out += fmt::format(" \\\n      '{}:{}:{}'", repeats, option.positional, action);
    }
    return out;
}

std::string zsh(const std::vector<VerbWords>& verbs) {
    std::string list, cases;
    for (const VerbWords& verb : verbs) {
        list += fmt::format("    '{}:{}'\n", verb.name, for_zsh(verb.what));
        cases += fmt::format("  {})\n    _arguments{} ;;\n", verb.name, zsh_arguments(verb));
    }
    return fmt::format(R"(#compdef carve
# Completes the words of carve in zsh.
_carve_rules() {{
  compadd -- {}
  _files
}}
_carve() {{
  local -a verbs
  verbs=(
{}    'help:explain a verb, or a key of a task'
  )
  # The verb may come after --color WHEN.
  local at=2
  while (( at < CURRENT )) && [[ $words[at] = (--color*|auto|always|never) ]]; do
    (( at++ ))
  done
  if [[ $words[CURRENT-1] = --color ]] || compset -P '--color='; then
    compadd -- {}
    return
  elif (( at == CURRENT )); then
    if [[ $words[CURRENT] = -* ]]; then
      compadd -- --color --version --help
    else
      _describe verb verbs
    fi
    return
  fi
  local verb=$words[at]
  shift $(( at - 1 )) words
  (( CURRENT -= at - 1 ))
  case $verb in
  help) _values word {} {} ;;
{}  esac
}}
# Of a file in $fpath zsh makes the function _carve, which the first Tab calls.
if [ "$funcstack[1]" = _carve ]; then _carve "$@"; else compdef _carve carve; fi
)",
                       fmt::join(names_of_presets(), " "), list, kColors,
                       fmt::join(names_of_verbs(verbs), " "), kHelpWords, cases);
}

// ---- fish ----------------------------------------------------------------------------------------

std::string for_fish(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

// The line for an option or a positional; "" if there is nothing to offer.
std::string fish_line(const std::string& verb, const OptionWords& option) {
    const Words known = words_for(verb, option);
    if (option.names.empty() && known.empty())
        return "";
    std::string out = fmt::format("complete -c carve -n '__fish_seen_subcommand_from {}'", verb);
    for (const std::string& name : option.names)
        out += name.size() > 2 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.names.empty())
        out += fmt::format(" -d '{}'{}", for_fish(option.what), option.value.empty() ? "" : " -r");
    if (!is_file(option) && (!option.value.empty() || option.names.empty()))
        out += " -f";
    if (!known.empty())
        out += fmt::format(" -a '{}'", fmt::join(known, " "));
    return out + "\n";
}

std::string fish(const std::vector<VerbWords>& verbs) {
    std::string out = "# Completes the words of carve in fish.\n";
    for (const VerbWords& verb : verbs)
        out += fmt::format("complete -c carve -n __fish_use_subcommand -f -a {} -d '{}'\n",
                           verb.name, for_fish(verb.what));
    out += fmt::format("complete -c carve -n __fish_use_subcommand -f -a help\n"
                       "complete -c carve -n __fish_use_subcommand -l version\n"
                       "complete -c carve -n __fish_use_subcommand -l help -s h\n"
                       "complete -c carve -l color -d 'of messages' -r -f -a '{}'\n"
                       "complete -c carve -n '__fish_seen_subcommand_from help' -f -a '{} {}'\n",
                       kColors, fmt::join(names_of_verbs(verbs), " "), kHelpWords);
    for (const VerbWords& verb : verbs)
        for (const OptionWords& option : verb.options)
            out += fish_line(verb.name, option);
    return out;
}

} // namespace

std::vector<std::string> shells() { return {"bash", "zsh", "fish"}; }

std::string completion(const CLI::App& app, const std::string& shell) {
    const std::vector<VerbWords> verbs = verbs_of(app);
    return shell == "bash" ? bash(verbs) : shell == "zsh" ? zsh(verbs) : fish(verbs);
}

} // namespace carve::cli
