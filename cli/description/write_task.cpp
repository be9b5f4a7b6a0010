#include "write_task.hpp"

#include "effects.hpp"
#include "element.hpp"

#include <set>

namespace carve::cli::task {
namespace {

std::string note_of(const Key& key, const std::vector<std::string>& choices) {
    std::string note = key.unit;
    const std::string range =
        choices.empty() ? in_range_words(key) : fmt::format("{}", fmt::join(choices, ", "));
    if (!range.empty() && range.size() < 60)
        note += (note.empty() ? "" : ", ") + range;
    return note;
}

class Writer {
  public:
    Writer(const Task& task, Shown shown)
        : task_(task), shown_(shown), unread_(keys_without_effect(task)) {
        for (const std::string& key : keys_of_all_stages(task)) {
            of_stages_.insert(key);
            unread_["search." + key] = "a stage without its own";
        }
    }

    std::string text() {
        out_ = "format = 2\n";
        keys(schema<Task>(), "", task_);
        single("simulation", task_.simulation);
        named(schema<Population>(), task_.populations);
        named(schema<Projection>(), task_.projections);
        named(schema<Rule>(), task_.rules);
        named(schema<Data>(), task_.data);
        named(schema<Phase>(), task_.phases);
        named(loss_schema(), task_.losses);
        named(probe_schema(), task_.probes);
        single("trials", task_.trials);
        for (const TrialSet& set : task_.trials.sets)
            single("trials." + set.name, set);
        single("search", task_.search);
        for (const Stage& stage : task_.stages)
            write_stage(stage);
        single("run", task_.run);
        return out_;
    }

  private:
    // like: what the element starts from; always: keys that are written even so.
    template <class T>
    void keys(const Schema<T>& schema, const std::string& path, const T& element,
              const T* like = nullptr, const std::set<std::string>& always = {}) {
        const std::string kind = kind_of(element);
        for (const Field<T>& field : schema.fields) {
            const Written value = field.write(element);
            const bool needed =
                (field.key.name == "kind" && schema.named) || always.count(field.key.name) > 0;
            if (!field.key.is_of(kind) || !value || unread_.count(path + "." + field.key.name))
                continue;
            if (like && !needed) {
                const Written other = field.write(*like);
                if (other && inline_toml(*other) == inline_toml(*value))
                    continue;
            }
            line(field.key, field.choices, inline_toml(*value));
        }
    }

    void line(const Key& key, const std::vector<std::string>& choices, const std::string& value) {
        constexpr std::size_t kNoteColumn = 34, kWidth = 100;
        std::string text = key.name + " = " + value;
        const std::string note = shown_ == Shown::all ? note_of(key, choices) : "";
        if (!note.empty() && text.size() + note.size() < kWidth)
            text += fmt::format("{:{}}# {}", "",
                                text.size() < kNoteColumn ? kNoteColumn - text.size() : 2, note);
        out_ += text + "\n";
    }

    // The header is kept only if a key follows, where that loses nothing.
    template <class T> void single(const std::string& path, const T& element) {
        static const T usual{};
        const std::size_t before = out_.size();
        out_ += "\n[" + path + "]\n";
        const std::size_t header = out_.size();
        keys(schema<T>(), path, element, shown_ == Shown::changes ? &usual : nullptr);
        if (out_.size() == header)
            out_.resize(before);
    }

    template <class T> void named(const Schema<T>& schema, const std::vector<T>& elements) {
        static const T usual{};
        for (const T& element : elements) {
            const std::string path = schema.table + "." + element.name;
            out_ += "\n[" + path + "]\n";
            keys(schema, path, element, shown_ == Shown::changes ? &usual : nullptr);
        }
    }

    void write_stage(const Stage& stage) {
        const std::string path = "search.stage." + stage.name;
        static const Stage usual{};
        out_ += "\n[" + path + "]\n";
        keys(schema<Stage>(), path, stage, &usual);
        Search like = task_.search;
        like.accept = {};
        keys(schema<Search>(), path, stage.search, &like, of_stages_);
    }

    const Task& task_;
    Shown shown_;
    std::map<std::string, std::string> unread_;
    std::set<std::string> of_stages_;
    std::string out_;
};

} // namespace

std::string to_toml(const Task& task, Shown shown) { return Writer(task, shown).text(); }

} // namespace carve::cli::task
