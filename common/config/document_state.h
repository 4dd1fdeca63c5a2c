#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/yaml_tree.h"

namespace mercaptan::config {

/// A section that was asked for, and what was asked of it.
struct SectionUse {
    std::shared_ptr<const YamlNode> node;  // A mapping.
    std::string path;
    std::set<std::string, std::less<>> asked;
};

struct DocumentState {
    std::string file_name;
    std::filesystem::path directory;
    std::shared_ptr<const YamlNode> root;
    std::vector<YamlProblem> problems;
    std::map<std::string, std::unique_ptr<SectionUse>, std::less<>> uses;  // By path.

    /// The one use of the section at that path.
    SectionUse& use(const std::string& path, std::shared_ptr<const YamlNode> node) {
        std::unique_ptr<SectionUse>& use = uses[path];
        if (!use) use = std::make_unique<SectionUse>(SectionUse{std::move(node), path, {}});
        return *use;
    }
    /// Notes a problem at `node`, or with all of the document if it is null.
    void report(const YamlNode& node, std::string dotted_key, std::string message) {
        problems.push_back({node.mark, node.set_key, std::move(dotted_key), std::move(message)});
    }
    /// `file:line:column: dotted.key`, or `--set dotted.key`.
    [[nodiscard]] std::string where(Mark mark, const std::string& set_key,
                                    const std::string& dotted_key) const;
};

/// `nothing`, `a list`, `a section`, or the text in quotes.
[[nodiscard]] std::string shown(const YamlNode& node);

/// An empty section at the place of `at`. A stand-in for something wrong reports nothing itself.
[[nodiscard]] std::shared_ptr<const YamlNode> empty_section(const YamlNode& at, bool stand_in);

}  // namespace mercaptan::config
