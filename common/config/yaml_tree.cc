#include "common/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "common/config/wording.h"

namespace mercaptan::config {
namespace {

Mark to_mark(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

/// Thrown through yaml-cpp, which offers no other way to stop; caught in parse_yaml.
struct Refusal {
    Mark mark;
    std::string message;
};

/// Builds the tree from events, without recursion: `open_` holds the containers being filled.
class Builder final : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) throw Refusal{to_mark(mark), "expected one document, got a second"};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(YamlNode::Kind::nothing, mark), anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        auto node = make(YamlNode::Kind::scalar, mark);
        refuse_tag(tag, node->mark);
        node->quoted = tag == "!";
        node->scalar = value;
        add(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end()) {
            throw Refusal{to_mark(mark),
                          "expected an alias of a finished value, got one of its own"};
        }
        count(known->second->nodes, to_mark(mark));
        place(known->second, to_mark(mark));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(make(YamlNode::Kind::list, mark), tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(make(YamlNode::Kind::mapping, mark), tag, anchor);
    }
    void OnMapEnd() override { close(); }

    YamlTree take() {
        if (!root_ || root_->kind == YamlNode::Kind::nothing) {
            auto empty = std::make_shared<YamlNode>();
            empty->kind = YamlNode::Kind::mapping;
            empty->mark = {1, 1};
            root_ = std::move(empty);
        }
        return {std::move(root_), std::move(problems_)};
    }

private:
    struct Open {
        std::shared_ptr<YamlNode> node;
        YAML::anchor_t anchor = 0;
        std::string path;
        bool has_key = false;
        std::string key{};
        Mark key_mark{};
    };

    static std::shared_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark& mark) {
        auto node = std::make_shared<YamlNode>();
        node->kind = kind;
        node->mark = to_mark(mark);
        return node;
    }

    static void refuse_tag(const std::string& tag, Mark mark) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        throw Refusal{mark, expected_got("no tag", tag)};
    }

    void count(std::size_t nodes, Mark mark) {
        nodes_ += nodes;
        if (nodes_ <= kYamlNodesMax) return;
        throw Refusal{mark, "expected at most " + std::to_string(kYamlNodesMax) + " values"};
    }

    void open(std::shared_ptr<YamlNode> node, const std::string& tag, YAML::anchor_t anchor) {
        refuse_tag(tag, node->mark);
        if (open_.size() >= kYamlDepthMax) {
            throw Refusal{node->mark,
                          "expected at most " + std::to_string(kYamlDepthMax) + " levels"};
        }
        std::string path = open_.empty() ? std::string{} : child_path(open_.back());
        count(1, node->mark);
        open_.push_back({std::move(node), anchor, std::move(path)});
    }

    void close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        if (done.node->kind == YamlNode::Kind::mapping) drop_duplicates(done);
        for (const YamlNode::Item& item : done.node->items) done.node->nodes += item.value->nodes;
        if (done.anchor != 0) anchors_[done.anchor] = done.node;
        const Mark mark = done.node->mark;
        place(std::move(done.node), mark);
    }

    void add(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor) {
        // yaml-cpp places an absent value at whatever comes next.
        if (node->kind == YamlNode::Kind::nothing && !open_.empty()) {
            const Open& parent = open_.back();
            node->mark = parent.has_key ? parent.key_mark : parent.node->mark;
        }
        count(1, node->mark);
        if (anchor != 0) anchors_[anchor] = node;
        const Mark mark = node->mark;
        place(std::move(node), mark);
    }

    /// Puts a finished value where it stands: the root, an item, a key, or the value of a key.
    void place(std::shared_ptr<const YamlNode> node, Mark mark) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node->kind == YamlNode::Kind::list) {
            parent.node->items.push_back({{}, mark, std::move(node)});
            return;
        }
        if (!parent.has_key) {
            if (node->kind != YamlNode::Kind::scalar || node->scalar.empty()) {
                throw Refusal{mark, "expected a name as key"};
            }
            parent.key = node->scalar;
            parent.key_mark = mark;
            parent.has_key = true;
            return;
        }
        parent.has_key = false;
        parent.node->items.push_back({parent.key, parent.key_mark, std::move(node)});
    }

    /// Keeps the first of equal keys and reports the others.
    void drop_duplicates(const Open& open) {
        YamlNode& node = *open.node;
        node.index();
        std::vector<bool> dropped(node.items.size());
        bool any = false;
        for (std::size_t i = 1; i < node.by_key.size(); ++i) {
            const YamlNode::Item& item = node.items[node.by_key[i]];
            if (item.key != node.items[node.by_key[i - 1]].key) continue;
            any = dropped[node.by_key[i]] = true;
            problems_.push_back({item.key_mark,
                                 {},
                                 join_key(open.path, item.key),
                                 "expected each key once, got a second " + quote(item.key) +
                                     " (the first is on line " +
                                     std::to_string(node.find(item.key)->key_mark.line) + ")"});
        }
        if (!any) return;
        std::size_t at = 0;
        std::erase_if(node.items, [&](const YamlNode::Item&) { return dropped[at++]; });
        node.index();
    }

    static std::string child_path(const Open& parent) {
        if (parent.node->kind == YamlNode::Kind::mapping) return join_key(parent.path, parent.key);
        return join_key(parent.path, std::to_string(parent.node->items.size()));
    }

    std::vector<Open> open_;
    std::unordered_map<YAML::anchor_t, std::shared_ptr<const YamlNode>> anchors_;
    std::shared_ptr<const YamlNode> root_;
    std::vector<YamlProblem> problems_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

/// The column, from 1, of a tab in the indentation of a line; 0 if there is none.
int tab_in_indentation(std::string_view text, int line) {
    for (int i = 1; i < line && !text.empty(); ++i) {
        text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
    }
    const std::string_view indentation = text.substr(0, text.find_first_not_of(" \t"));
    const std::size_t tab = indentation.find('\t');
    return tab == std::string_view::npos ? 0 : static_cast<int>(tab) + 1;
}

/// The mark, or the end of the last line with content if it lies behind that.
Mark within(std::string_view text, Mark mark) {
    const std::string_view content = text.substr(0, text.find_last_not_of(" \r\n") + 1);
    const int last_line = 1 + static_cast<int>(std::count(content.begin(), content.end(), '\n'));
    if (mark.line <= last_line) return mark;
    const std::size_t line_start = content.rfind('\n') + 1;  // npos + 1 is 0.
    return {last_line, static_cast<int>(content.size() - line_start) + 1};
}

Failure refuse(const std::string& file_name, Mark mark, const std::string& message) {
    return fail(ErrorCode::invalid_input, file_name + ":" + std::to_string(mark.line) + ":" +
                                              std::to_string(mark.column) + ": " + message);
}

}  // namespace

const YamlNode::Item* YamlNode::find(std::string_view key) const {
    const auto at =
        std::lower_bound(by_key.begin(), by_key.end(), key,
                         [&](std::size_t i, std::string_view k) { return items[i].key < k; });
    return at == by_key.end() || items[*at].key != key ? nullptr : &items[*at];
}

void YamlNode::index() {
    by_key.resize(items.size());
    std::iota(by_key.begin(), by_key.end(), std::size_t{0});
    std::stable_sort(by_key.begin(), by_key.end(),
                     [&](std::size_t a, std::size_t b) { return items[a].key < items[b].key; });
}

std::string join_key(std::string_view prefix, std::string_view key) {
    std::string joined{prefix};
    if (!joined.empty()) joined += '.';
    return joined.append(key);
}

Result<YamlTree> parse_yaml(std::string_view text, const std::string& file_name) {
    if (text.size() > kYamlBytesMax) {
        return fail(ErrorCode::invalid_input,
                    file_name + ": expected at most " + std::to_string(kYamlBytesMax) + " bytes");
    }
    if (const std::size_t line = first_bad_line(text); line != 0) {
        return refuse(file_name, {static_cast<int>(line), 1},
                      "expected UTF-8 text without control characters");
    }
    try {
        // yaml-cpp takes a quote that is still open at the last line end for closed; with a comment
        // behind it, it notices.
        std::istringstream stream{std::string{text}.append("\n#")};
        YAML::Parser parser{stream};
        Builder builder;
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take();
    } catch (const Refusal& refusal) {
        return refuse(file_name, refusal.mark, refusal.message);
    } catch (const YAML::Exception& problem) {
        const Mark mark = within(text, to_mark(problem.mark));
        if (const int column = tab_in_indentation(text, mark.line); column != 0) {
            return refuse(file_name, {mark.line, column},
                          "expected spaces as indentation, got a tab");
        }
        return refuse(file_name, mark, "expected YAML: " + problem.msg);
    }
}

}  // namespace mercaptan::config
