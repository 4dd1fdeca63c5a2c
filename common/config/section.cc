#include <cmath>
#include <utility>

#include "common/config/document_state.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"

namespace mercaptan::config {
namespace {

/// What a reader makes of a scalar: the value, or the whole message of what was expected.
template <class T>
using Parsed = tl::expected<T, std::string>;

constexpr std::string_view kExpectedText = "expected text";
constexpr std::string_view kExpectedName =
    "expected a name of 1 to 63 bytes without control characters, /, + or #";
constexpr std::string_view kExpectedSpan = "expected a duration such as 3s, 30m, 2h, 3d or 3bd";

tl::unexpected<std::string> got(std::string_view expected, const YamlNode& node) {
    return tl::unexpected{std::string{expected}.append(", got ").append(shown(node))};
}

/// ` from 1 to 9`, with the sides that bound something.
std::string range_text(const std::string& min, const std::string& max) {
    if (min.empty() && max.empty()) return {};
    if (max.empty()) return " of at least " + min;
    if (min.empty()) return " of at most " + max;
    return " from " + min + " to " + max;
}

std::string expected_integer(std::int64_t min, std::int64_t max) {
    using Limits = std::numeric_limits<std::int64_t>;
    return "expected an integer" + range_text(min == Limits::min() ? "" : std::to_string(min),
                                              max == Limits::max() ? "" : std::to_string(max));
}

std::string expected_number(double min, double max) {
    return "expected a number" + range_text(std::isinf(min) ? "" : number_text(min),
                                            std::isinf(max) ? "" : number_text(max));
}

std::string expected_duration(Duration min, Duration max) {
    return "expected a duration from " + to_string(min) + " to " + to_string(max);
}

Parsed<std::string> parse_text(const YamlNode& node) {
    if (node.scalar.empty()) return got(kExpectedText, node);
    return node.scalar;
}

Parsed<Name> parse_name(const YamlNode& node) {
    if (!is_name(node.scalar)) return got(kExpectedName, node);
    return Name{node.scalar};
}

Parsed<std::int64_t> parse_in_range(const YamlNode& node, std::int64_t min, std::int64_t max) {
    const auto number = node.quoted ? std::nullopt : parse_integer(node.scalar);
    if (!number || *number < min || *number > max) return got(expected_integer(min, max), node);
    return *number;
}

Parsed<double> parse_in_range(const YamlNode& node, double min, double max) {
    const auto number = node.quoted ? std::nullopt : parse_number(node.scalar);
    if (!number || *number < min || *number > max) return got(expected_number(min, max), node);
    return *number;
}

Parsed<bool> parse_truth(const YamlNode& node) {
    if (!node.quoted && node.scalar == "true") return true;
    if (!node.quoted && node.scalar == "false") return false;
    return got("expected true or false", node);
}

Parsed<Duration> parse_in_range(const YamlNode& node, Duration min, Duration max) {
    const Zero zero = min == Duration::zero() ? Zero::allowed : Zero::refused;
    const Result<Duration> duration = parse_duration(node.scalar, zero);
    if (!duration) return got(duration.error().message, node);
    if (*duration < min || *duration > max) return got(expected_duration(min, max), node);
    return *duration;
}

Parsed<Span> parse_any_span(const YamlNode& node) {
    const Result<Span> span = parse_span(node.scalar);
    if (!span) return got(span.error().message, node);
    return *span;
}

Parsed<std::size_t> parse_choice(const YamlNode& node, std::span<const std::string_view> names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == node.scalar) return i;
    }
    return tl::unexpected{"expected " + listed(names) + ", got " + shown(node) +
                          did_you_mean(node.scalar, names)};
}

/// Reads the values of one section: finds, checks the shape, reports.
class Reader {
public:
    Reader(DocumentState& document, SectionUse& use, std::string_view key)
        : document_(document), use_(use), key_(key) {
        if (!use_.asked.contains(key)) use_.asked.emplace(key);
        const YamlNode::Item* item = use_.node->find(key);
        node_ = item == nullptr ? nullptr : item->value;
    }

    [[nodiscard]] const std::shared_ptr<const YamlNode>& node() const { return node_; }
    [[nodiscard]] bool has_value() const {
        return node_ != nullptr && node_->kind != YamlNode::Kind::nothing;
    }
    [[nodiscard]] std::string path() const { return join_key(use_.path, key_); }

    void report(const YamlNode& node, std::string dotted_key, std::string message) {
        document_.report(node, std::move(dotted_key), std::move(message));
    }

    /// The scalar under the key as `parse` reads it; nullopt if there is none or it is wrong.
    template <class Parse>
    auto optional(std::string_view expected, Parse parse)
        -> std::optional<typename decltype(parse(std::declval<const YamlNode&>()))::value_type> {
        if (node_ == nullptr) return std::nullopt;
        if (node_->kind != YamlNode::Kind::scalar) {
            report(*node_, path(), got(expected, *node_).value());
            return std::nullopt;
        }
        auto parsed = parse(*node_);
        if (parsed) return std::move(*parsed);
        report(*node_, path(), std::move(parsed.error()));
        return std::nullopt;
    }

    /// As optional, with a fallback for an absent key, which is an error if there is none.
    template <class T, class Parse>
    T required(std::string_view expected, std::optional<T> fallback, T stand_in, Parse parse) {
        if (node_ == nullptr && !fallback && !use_.node->stand_in) {
            report(*use_.node, path(), std::string{expected} + ", got nothing");
        }
        if (auto value = optional(expected, parse)) return std::move(*value);
        return fallback ? std::move(*fallback) : std::move(stand_in);
    }

    /// The items of a list, as `parse` reads each.
    template <class T, class Parse>
    std::vector<T> list(std::string_view expected, Parse parse) {
        std::vector<T> values;
        for_each_item([&](const std::shared_ptr<const YamlNode>& item, std::string dotted_key) {
            if (item->kind != YamlNode::Kind::scalar) {
                return report(*item, std::move(dotted_key), got(expected, *item).value());
            }
            auto parsed = parse(*item);
            if (parsed) return values.push_back(std::move(*parsed));
            report(*item, std::move(dotted_key), std::move(parsed.error()));
        });
        return values;
    }

    /// Calls `visit(node, dotted key)` for each item; anything else than a list is an error.
    template <class Visit>
    void for_each_item(Visit visit) {
        if (!has_value()) return;
        if (node_->kind != YamlNode::Kind::list) {
            return report(*node_, path(), got("expected a list", *node_).value());
        }
        for (std::size_t i = 0; i < node_->items.size(); ++i) {
            visit(node_->items[i].value, join_key(path(), std::to_string(i)));
        }
    }

private:
    DocumentState& document_;
    SectionUse& use_;
    std::string_view key_;
    std::shared_ptr<const YamlNode> node_;
};

std::filesystem::path resolved(const DocumentState& document, const YamlNode* node,
                               const std::string& text) {
    if (node != nullptr && node->mark.line == 0) return text;
    return (document.directory / text).lexically_normal();
}

}  // namespace

bool Section::has(std::string_view key) {
    return Reader{*document_, *use_, key}.has_value();
}

Shape Section::shape(std::string_view key) {
    const Reader reader{*document_, *use_, key};
    if (reader.node() == nullptr) return Shape::missing;
    switch (reader.node()->kind) {
        case YamlNode::Kind::nothing:
            return Shape::missing;
        case YamlNode::Kind::scalar:
            return Shape::scalar;
        case YamlNode::Kind::list:
            return Shape::list;
        case YamlNode::Kind::mapping:
            return Shape::section;
    }
    return Shape::missing;
}

std::vector<std::string> Section::keys() {
    std::vector<std::string> keys;
    for (const YamlNode::Item& item : use_->node->items) {
        keys.push_back(item.key);
        use_->asked.insert(item.key);
    }
    return keys;
}

std::string Section::required_string(std::string_view key) {
    return Reader{*document_, *use_, key}.required<std::string>(kExpectedText, std::nullopt, {},
                                                                parse_text);
}

std::string Section::string_or(std::string_view key, std::string_view fallback) {
    return optional_string(key).value_or(std::string{fallback});
}

std::optional<std::string> Section::optional_string(std::string_view key) {
    return Reader{*document_, *use_, key}.optional(
        kExpectedText, [](const YamlNode& node) { return Parsed<std::string>{node.scalar}; });
}

Name Section::name(std::string_view key) {
    return Reader{*document_, *use_, key}.required<Name>(kExpectedName, std::nullopt, {},
                                                         parse_name);
}

std::optional<Name> Section::optional_name(std::string_view key) {
    return Reader{*document_, *use_, key}.optional(kExpectedName, parse_name);
}

std::int64_t Section::integer(std::string_view key, std::int64_t min, std::int64_t max,
                              std::optional<std::int64_t> fallback) {
    return Reader{*document_, *use_, key}.required(
        expected_integer(min, max), fallback, min,
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

std::optional<std::int64_t> Section::optional_integer(std::string_view key, std::int64_t min,
                                                      std::int64_t max) {
    return Reader{*document_, *use_, key}.optional(
        expected_integer(min, max),
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

double Section::number(std::string_view key, double min, double max,
                       std::optional<double> fallback) {
    return Reader{*document_, *use_, key}.required(
        expected_number(min, max), fallback, min,
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

std::optional<double> Section::optional_number(std::string_view key, double min, double max) {
    return Reader{*document_, *use_, key}.optional(
        expected_number(min, max),
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

bool Section::boolean(std::string_view key, std::optional<bool> fallback) {
    return Reader{*document_, *use_, key}.required("expected true or false", fallback, false,
                                                   parse_truth);
}

std::optional<bool> Section::optional_boolean(std::string_view key) {
    return Reader{*document_, *use_, key}.optional("expected true or false", parse_truth);
}

Duration Section::duration(std::string_view key, Duration min, Duration max,
                           std::optional<Duration> fallback) {
    return Reader{*document_, *use_, key}.required(
        expected_duration(min, max), fallback, min,
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

std::optional<Duration> Section::optional_duration(std::string_view key, Duration min,
                                                   Duration max) {
    return Reader{*document_, *use_, key}.optional(
        expected_duration(min, max),
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

Span Section::span(std::string_view key, std::optional<Span> fallback) {
    return Reader{*document_, *use_, key}.required(kExpectedSpan, fallback,
                                                   Span{Span::Unit::exact, 1}, parse_any_span);
}

std::optional<Span> Section::optional_span(std::string_view key) {
    return Reader{*document_, *use_, key}.optional(kExpectedSpan, parse_any_span);
}

std::filesystem::path Section::path(std::string_view key) {
    Reader reader{*document_, *use_, key};
    const std::string text =
        reader.required<std::string>("expected a path", std::nullopt, {}, parse_text);
    return text.empty() ? std::filesystem::path{} : resolved(*document_, reader.node().get(), text);
}

std::optional<std::filesystem::path> Section::optional_path(std::string_view key) {
    Reader reader{*document_, *use_, key};
    const std::optional<std::string> text = reader.optional("expected a path", parse_text);
    if (!text) return std::nullopt;
    return resolved(*document_, reader.node().get(), *text);
}

std::size_t Section::choice_index(std::string_view key, std::span<const std::string_view> names,
                                  std::optional<std::size_t> fallback) {
    return Reader{*document_, *use_, key}.required(
        "expected " + listed(names), fallback, std::size_t{0},
        [&](const YamlNode& node) { return parse_choice(node, names); });
}

Section Section::section(std::string_view key) {
    Reader reader{*document_, *use_, key};
    const std::string path = reader.path();
    if (!reader.has_value()) {
        const YamlNode& at = reader.node() ? *reader.node() : *use_->node;
        return {*document_,
                document_->use(path, empty_section(at, /*stand_in=*/use_->node->stand_in))};
    }
    if (reader.node()->kind == YamlNode::Kind::mapping) {
        return {*document_, document_->use(path, reader.node())};
    }
    reader.report(*reader.node(), path, got("expected a section", *reader.node()).value());
    return {*document_, document_->use(path, empty_section(*reader.node(), /*stand_in=*/true))};
}

std::optional<Section> Section::optional_section(std::string_view key) {
    if (!has(key)) return std::nullopt;
    return section(key);
}

std::vector<Section> Section::sections(std::string_view key) {
    Reader reader{*document_, *use_, key};
    std::vector<Section> sections;
    reader.for_each_item([&](const std::shared_ptr<const YamlNode>& item, std::string path) {
        if (item->kind == YamlNode::Kind::mapping) {
            return sections.push_back({*document_, document_->use(path, item)});
        }
        reader.report(*item, std::move(path), got("expected a section", *item).value());
    });
    return sections;
}

std::vector<std::string> Section::strings(std::string_view key) {
    return Reader{*document_, *use_, key}.list<std::string>(kExpectedText, parse_text);
}

std::vector<Name> Section::names(std::string_view key) {
    return Reader{*document_, *use_, key}.list<Name>(kExpectedName, parse_name);
}

std::vector<double> Section::numbers(std::string_view key, double min, double max) {
    return Reader{*document_, *use_, key}.list<double>(
        expected_number(min, max),
        [&](const YamlNode& node) { return parse_in_range(node, min, max); });
}

std::vector<Span> Section::spans(std::string_view key) {
    return Reader{*document_, *use_, key}.list<Span>(kExpectedSpan, parse_any_span);
}

Mark Section::mark(std::string_view key) const {
    const YamlNode::Item* item = use_->node->find(key);
    return item == nullptr ? use_->node->mark : item->value->mark;
}

std::string Section::where(std::string_view key) const {
    const YamlNode::Item* item = use_->node->find(key);
    const YamlNode& node = item == nullptr ? *use_->node : *item->value;
    return document_->where(node.mark, node.set_key, join_key(use_->path, key));
}

const std::string& Section::dotted_path() const {
    return use_->path;
}

void Section::error(std::string_view key, std::string_view message) {
    const YamlNode::Item* item = use_->node->find(key);
    document_->report(item == nullptr ? *use_->node : *item->value, join_key(use_->path, key),
                      std::string{message});
}

}  // namespace mercaptan::config
