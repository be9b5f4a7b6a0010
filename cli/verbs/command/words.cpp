#include "words.hpp"

#include <CLI/CLI.hpp>

namespace carve::cli {
namespace {

// "TEXT:{bash,zsh}" and "{oja,pca}" list their values.
std::vector<std::string> values_of(const std::string& type) {
    std::vector<std::string> values;
    const std::size_t open = type.find('{'), close = type.find('}');
    if (open == std::string::npos || close == std::string::npos)
        return values;
    for (const std::string& value :
         CLI::detail::split(type.substr(open + 1, close - open - 1), ','))
        values.push_back(value);
    return values;
}

OptionWords words_of(const CLI::Option& option) {
    OptionWords words;
    for (const std::string& name : option.get_lnames())
        words.names.push_back("--" + name);
    for (const std::string& name : option.get_snames())
        words.names.push_back("-" + name);
    if (option.get_positional())
        words.positional = option.get_name(true);
    const std::string type = option.get_type_name();
    words.values = values_of(type);
    const bool flag = option.get_items_expected_max() == 0;
    words.value = flag ? "" : !words.values.empty() ? "WORD" : type.substr(0, type.find(':'));
    words.what = option.get_description();
    words.required = option.get_required();
    words.repeats = option.get_items_expected_max() > 1;
    return words;
}

} // namespace

std::vector<OptionWords> options_of(const CLI::App& app) {
    std::vector<OptionWords> options;
    for (const CLI::Option* option : app.get_options())
        options.push_back(words_of(*option));
    return options;
}

std::vector<VerbWords> verbs_of(const CLI::App& app) {
    std::vector<VerbWords> verbs;
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
        verbs.push_back(
            {verb->get_name(), verb->get_description(), verb->get_footer(), options_of(*verb)});
    }
    return verbs;
}

} // namespace carve::cli
