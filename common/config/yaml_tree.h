#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/yaml.h"
#include "common/domain/result.h"

namespace mercaptan::config {

/// What yaml-cpp's events become: yaml-cpp's own nodes lose duplicate keys, and each access may
/// throw. Nodes are shared by aliases and never changed once shared.
struct YamlNode {
    enum class Kind : std::uint8_t { nothing, scalar, list, mapping };
    struct Item {
        std::string key;  // Empty in a list.
        Mark key_mark;
        std::shared_ptr<const YamlNode> value;
    };

    Kind kind = Kind::nothing;
    bool quoted = false;    // A scalar in quotes is text, whatever it looks like.
    bool stand_in = false;  // Put in place of something wrong that is already reported.
    Mark mark;
    std::string scalar;
    std::vector<Item> items;
    std::string set_key;    // The whole dotted key, if given by `--set`; then mark.line is 0.
    std::size_t nodes = 1;  // With all below, aliases counted each time.

    std::vector<std::size_t> by_key;  // The items of a mapping, sorted by key, then place.

    [[nodiscard]] const Item* find(std::string_view key) const;
    /// To call after the items of a mapping changed.
    void index();
};

struct YamlProblem {
    Mark mark;
    std::string set_key;
    std::string dotted_key;
    std::string message;
};

struct YamlTree {
    std::shared_ptr<const YamlNode> root;  // Never null; a mapping unless the text is otherwise.
    std::vector<YamlProblem> problems;     // Duplicate keys; the first one is kept.
};

/// Fails with the whole error line if the text is no YAML that we take.
[[nodiscard]] Result<YamlTree> parse_yaml(std::string_view text, const std::string& file_name);

/// `prefix.key`, or `key` without prefix.
[[nodiscard]] std::string join_key(std::string_view prefix, std::string_view key);

}  // namespace mercaptan::config
