#include "completion.hpp"

#include "error.hpp"
#include "rule.hpp"
#include "shipped.hpp"
#include "words.hpp"

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

// Whether what completes the option or positional is a rule: a preset or a file.
bool is_rule(const std::string& verb, const OptionWords& option) {
    return option.positional == "RULE" || option.value == "RULE" ||
           (verb == "compare" && option.positional == "RUN") ||
           (!option.names.empty() && option.names[0] == "--rule");
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

// ---- bash ----------------------------------------------------------------------------------------

std::string bash(const std::vector<VerbWords>& verbs) {
    std::string options, values, words;
    for (const VerbWords& verb : verbs) {
        options += fmt::format("      {}) words='{}' ;;\n", verb.name,
                               fmt::join(names_of_options(verb), " "));
        for (const OptionWords& option : verb.options) {
            const Words known = words_for(verb.name, option);
            for (const std::string& name : option.names)
                if (!known.empty())
                    values += fmt::format("    '{} {}') words='{}'{} ;;\n", verb.name, name,
                                          fmt::join(known, " "),
                                          is_rule(verb.name, option) ? "" : " files=");
            if (option.names.empty() && !known.empty())
                words += fmt::format("    {}) words='{}'{} ;;\n", verb.name, fmt::join(known, " "),
                                     is_rule(verb.name, option) ? "" : " files=");
        }
    }
    const Words names = names_of_verbs(verbs);
    return fmt::format(R"(# Completes the words of carve in bash.
_carve() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb=${{COMP_WORDS[1]}}
  local words= files=yes
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{} --version --help' -- "$word")
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
    help) words='{} {}' files= ;;
{}    esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"; [ -z "$files" ] || compgen -f -- "$word")
}}
complete -o filenames -F _carve carve
)",
                       fmt::join(names, " "), options, values, fmt::join(names, " "), kHelpWords,
                       words);
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
    if (known.empty() || is_rule(verb, option))
        return known.empty() ? "_files" : "_carve_rules";
    return fmt::format("({})", fmt::join(known, " "));
}

std::string zsh_arguments(const VerbWords& verb) {
    std::string out;
    for (const OptionWords& option : verb.options) {
        for (const std::string& name : option.names)
            out += fmt::format(" \\\n      '{}[{}]{}'", name, for_zsh(option.what),
                               option.value.empty() ? ""
                                                    : fmt::format(":{}:{}", option.value,
                                                                  zsh_action(verb.name, option)));
        if (option.names.empty())
            out += fmt::format(" \\\n      '*:{}:{}'", option.positional,
                               zsh_action(verb.name, option));
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
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case $verb in
  help) _values word {} {} ;;
{}  esac
}}
compdef _carve carve
)",
                       fmt::join(names_of_presets(), " "), list,
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

std::string fish(const std::vector<VerbWords>& verbs) {
    std::string out = "# Completes the words of carve in fish.\n";
    for (const VerbWords& verb : verbs)
        out += fmt::format("complete -c carve -n __fish_use_subcommand -f -a {} -d '{}'\n",
                           verb.name, for_fish(verb.what));
    out += fmt::format("complete -c carve -n __fish_use_subcommand -f -a help\n"
                       "complete -c carve -n '__fish_seen_subcommand_from help' -f -a '{} {}'\n",
                       fmt::join(names_of_verbs(verbs), " "), kHelpWords);
    for (const VerbWords& verb : verbs)
        for (const OptionWords& option : verb.options) {
            out += fmt::format("complete -c carve -n '__fish_seen_subcommand_from {}'", verb.name);
            for (const std::string& name : option.names)
                out += name.size() > 2 ? " -l " + name.substr(2) : " -s " + name.substr(1);
            if (!option.names.empty())
                out += fmt::format(" -d '{}'{}", for_fish(option.what),
                                   option.value.empty() ? "" : " -r");
            const Words known = words_for(verb.name, option);
            if (!known.empty())
                out += fmt::format(" {}-a '{}'", is_rule(verb.name, option) ? "" : "-f ",
                                   fmt::join(known, " "));
            out += "\n";
        }
    return out;
}

} // namespace

std::vector<std::string> shells() { return {"bash", "zsh", "fish"}; }

std::string completion(const CLI::App& app, const std::string& shell) {
    const std::vector<VerbWords> verbs = verbs_of(app);
    return shell == "bash" ? bash(verbs) : shell == "zsh" ? zsh(verbs) : fish(verbs);
}

} // namespace carve::cli
