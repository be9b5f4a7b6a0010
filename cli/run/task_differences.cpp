#include "task_differences.hpp"

#include "schema.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

namespace carve::cli {
namespace {

class Gathered {
  public:
    explicit Gathered(std::size_t tasks) : tasks_(tasks) {}

    void add(const TomlTable& table, const std::string& path, std::size_t task) {
        for (const TomlMember& member : table) {
            const std::string key = path + task::toml_key(member.key);
            if (const TomlTable* inner = member.value.table(); inner && !inner->empty())
                add(*inner, key + ".", task);
            else
                values_of(key)[task] = task::inline_toml(member.value);
        }
    }

    const std::vector<TaskDifference>& keys() const { return keys_; }

  private:
    std::vector<std::string>& values_of(const std::string& key) {
        const auto [at, is_new] = index_.emplace(key, keys_.size());
        if (is_new)
            keys_.push_back({key, std::vector<std::string>(tasks_)});
        return keys_[at->second].values;
    }

    std::size_t tasks_;
    std::map<std::string, std::size_t> index_;
    std::vector<TaskDifference> keys_;
};

} // namespace

std::vector<TaskDifference> task_differences(const std::vector<const TomlValue*>& tasks) {
    Gathered all(tasks.size());
    for (std::size_t t = 0; t < tasks.size(); ++t)
        if (const TomlTable* table = tasks[t] ? tasks[t]->table() : nullptr)
            all.add(*table, "", t);
    std::vector<TaskDifference> differences;
    for (const TaskDifference& key : all.keys()) {
        const std::string* first = nullptr;
        bool differs = false;
        for (std::size_t t = 0; t < tasks.size(); ++t) {
            if (!tasks[t])
                continue;
            first = first ? first : &key.values[t];
            differs = differs || key.values[t] != *first;
        }
        if (differs)
            differences.push_back(key);
    }
    return differences;
}

} // namespace carve::cli
