#include <algorithm>
#include <tuple>
#include <utility>

#include "common/config/document_state.h"
#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"

namespace mercaptan::config {
namespace {

/// How many errors one refusal lists before it says that there are more.
constexpr std::size_t kProblemsShownMax = 50;

std::vector<std::string_view> split(std::string_view dotted_key) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t dot = dotted_key.find('.');
        parts.push_back(dotted_key.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        dotted_key.remove_prefix(dot + 1);
    }
}

/// The item of a mapping or list that a part of a dotted key names; a mapping gets it if it has
/// none. Null with a message in `problem` if the node can't have it.
YamlNode::Item* item_for(YamlNode& node, std::string_view part, const std::string& set_key,
                         std::string& problem) {
    if (node.kind == YamlNode::Kind::list) {
        const auto index = parse_integer(part);
        if (index && *index >= 0 && static_cast<std::size_t>(*index) < node.items.size()) {
            return &node.items[static_cast<std::size_t>(*index)];
        }
        problem = expected_got("an index below " + std::to_string(node.items.size()), part);
        return nullptr;
    }
    if (node.kind == YamlNode::Kind::scalar) {
        problem = "expected a section to set " + quote(part) + " in, got " + shown(node);
        return nullptr;
    }
    node.kind = YamlNode::Kind::mapping;
    if (node.find(part) == nullptr) {
        auto fresh = std::make_shared<YamlNode>();
        fresh->set_key = set_key;
        node.items.push_back({std::string{part}, Mark{}, std::move(fresh)});
        node.index();
    }
    return const_cast<YamlNode::Item*>(node.find(part));
}

void report_unknown_keys(DocumentState& state) {
    for (const auto& [path, use] : state.uses) {
        std::vector<std::string_view> missing;  // What could have been meant.
        for (const std::string& key : use->asked) {
            if (use->node->find(key) == nullptr) missing.push_back(key);
        }
        for (const YamlNode::Item& item : use->node->items) {
            if (use->asked.contains(item.key)) continue;
            state.problems.push_back(
                {item.key_mark, item.value->set_key, join_key(path, item.key),
                 expected_got("a known key", item.key) + did_you_mean(item.key, missing)});
        }
    }
}

}  // namespace

std::string shown(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::nothing:
            return "nothing";
        case YamlNode::Kind::scalar:
            return (node.quoted ? "the text " : "") + quote(node.scalar);
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::mapping:
            return "a section";
    }
    return {};
}

std::shared_ptr<const YamlNode> empty_section(const YamlNode& at, bool stand_in) {
    auto empty = std::make_shared<YamlNode>();
    empty->kind = YamlNode::Kind::mapping;
    empty->mark = at.mark;
    empty->set_key = at.set_key;
    empty->stand_in = stand_in;
    return empty;
}

std::string DocumentState::where(Mark mark, const std::string& set_key,
                                 const std::string& dotted_key) const {
    if (mark.line == 0) {
        const std::string place = "--set " + set_key;
        return dotted_key.empty() || dotted_key == set_key ? place : place + ": " + dotted_key;
    }
    const std::string place =
        file_name + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
    return dotted_key.empty() ? place : place + ": " + dotted_key;
}

Document::Document(std::unique_ptr<DocumentState> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text, std::string file_name) {
    Result<YamlTree> tree = parse_yaml(text, file_name);
    if (!tree) return tl::unexpected{tree.error()};
    auto state = std::make_unique<DocumentState>();
    state->directory = std::filesystem::path{file_name}.parent_path();
    state->file_name = std::move(file_name);
    state->root = std::move(tree->root);
    state->problems = std::move(tree->problems);
    return Document{std::move(state)};
}

Result<Document> Document::load(const std::filesystem::path& file) {
    const Result<std::string> text = read_file(file, kYamlBytesMax);
    if (!text) return tl::unexpected{text.error()};
    return parse(*text, file.string());
}

void Document::override_key(std::string_view dotted_key, std::string_view value) {
    const std::string set_key{dotted_key};
    const auto refuse = [&](std::string message) {
        state_->problems.push_back({{}, set_key, set_key, std::move(message)});
    };
    const std::vector<std::string_view> parts = split(dotted_key);
    const bool empty_part = std::find(parts.begin(), parts.end(), "") != parts.end();
    if (empty_part || parts.size() > kYamlDepthMax || first_bad_line(dotted_key) != 0) {
        return refuse(expected_got("a dotted key such as http.listen", dotted_key));
    }
    if (first_bad_line(value) != 0) {
        return refuse("expected UTF-8 text without control characters");
    }
    // Nodes may be shared, by aliases: each on the way is copied before it is changed.
    const auto root = std::make_shared<YamlNode>(*state_->root);
    YamlNode* node = root.get();
    std::string problem;
    for (const std::string_view part : parts) {
        YamlNode::Item* item = item_for(*node, part, set_key, problem);
        if (item == nullptr) return refuse(problem);
        auto copy = std::make_shared<YamlNode>(*item->value);
        node = copy.get();
        item->value = std::move(copy);
    }
    *node = YamlNode{};
    node->kind = YamlNode::Kind::scalar;
    node->set_key = set_key;
    node->scalar = value;
    state_->root = root;
}

Section Document::root() {
    if (state_->root->kind != YamlNode::Kind::mapping) {
        state_->report(*state_->root, {}, "expected keys with values, got " + shown(*state_->root));
        state_->root = empty_section(*state_->root, /*stand_in=*/true);
    }
    return Section{*state_, state_->use({}, state_->root)};
}

Result<void> Document::finish() {
    report_unknown_keys(*state_);
    auto& problems = state_->problems;
    if (problems.empty()) return {};
    std::stable_sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) {
        return std::tuple{a.mark.line == 0, a.mark.line, a.mark.column} <
               std::tuple{b.mark.line == 0, b.mark.line, b.mark.column};
    });
    std::string message;
    std::vector<std::string> lines;
    for (const YamlProblem& problem : problems) {
        std::string line = state_->where(problem.mark, problem.set_key, problem.dotted_key) + ": " +
                           problem.message;
        // Asked for twice, the same value is wrong twice.
        if (std::find(lines.begin(), lines.end(), line) != lines.end()) continue;
        if (lines.size() == kProblemsShownMax) {
            message += "\n" + state_->file_name + ": and more errors";
            break;
        }
        if (!lines.empty()) message += '\n';
        message += line;
        lines.push_back(std::move(line));
    }
    return fail(ErrorCode::invalid_input, std::move(message), problems.front().dotted_key);
}

const std::string& Document::file_name() const {
    return state_->file_name;
}

}  // namespace mercaptan::config
