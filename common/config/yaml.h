#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/duration.h"
#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/domain/text.h"

namespace mercaptan::config {

inline constexpr std::size_t kYamlBytesMax = 4U << 20U;
inline constexpr std::size_t kYamlDepthMax = 64;
/// Values of one document, each alias counted with all that it stands for.
inline constexpr std::size_t kYamlNodesMax = 200'000;

/// Where a value stands: counted from 1; line 0 for one given by `--set`.
struct Mark {
    int line = 0;
    int column = 0;
};

/// What stands under a key.
enum class Shape : std::uint8_t { missing, scalar, list, section };

struct DocumentState;
struct SectionUse;

/// Typed access to one mapping of a Document, which must outlive it. Copies share what was asked.
///
/// Nothing here throws or returns an error: a value that cannot be accepted is noted in the
/// Document, a usable stand-in (the fallback, else the smallest allowed) is returned, and
/// `Document::finish` reports all. Each key asked for, in whatever way, is a known key; keys of the
/// file that nobody asked for are errors. A key without value (`key:`) counts as missing for
/// sections and lists, and is an error for everything else.
class Section {
public:
    /// True if the key is there with a value.
    [[nodiscard]] bool has(std::string_view key);
    [[nodiscard]] Shape shape(std::string_view key);
    /// Every key, in file order, all known from now on: for mappings whose keys are names.
    [[nodiscard]] std::vector<std::string> keys();

    /// Never empty.
    [[nodiscard]] std::string required_string(std::string_view key);
    [[nodiscard]] std::string string_or(std::string_view key, std::string_view fallback);
    [[nodiscard]] std::optional<std::string> optional_string(std::string_view key);
    /// Passes `is_name`.
    [[nodiscard]] Name name(std::string_view key);
    [[nodiscard]] std::optional<Name> optional_name(std::string_view key);

    /// Without a fallback, the key is required. Bounds are inclusive.
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max,
                                       std::optional<std::int64_t> fallback = std::nullopt);
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view key,
                                                               std::int64_t min, std::int64_t max);
    [[nodiscard]] double number(std::string_view key, double min, double max,
                                std::optional<double> fallback = std::nullopt);
    [[nodiscard]] std::optional<double> optional_number(std::string_view key, double min,
                                                        double max);
    /// `true` or `false`, nothing else.
    [[nodiscard]] bool boolean(std::string_view key, std::optional<bool> fallback = std::nullopt);
    [[nodiscard]] std::optional<bool> optional_boolean(std::string_view key);
    /// Exact units. Zero (`0s`) is accepted only if `min` is zero.
    [[nodiscard]] Duration duration(std::string_view key, Duration min, Duration max,
                                    std::optional<Duration> fallback = std::nullopt);
    [[nodiscard]] std::optional<Duration> optional_duration(std::string_view key, Duration min,
                                                            Duration max);
    /// Any unit, positive.
    [[nodiscard]] Span span(std::string_view key, std::optional<Span> fallback = std::nullopt);
    [[nodiscard]] std::optional<Span> optional_span(std::string_view key);
    /// Relative to the file that names it; relative to the working directory if given by `--set`.
    [[nodiscard]] std::filesystem::path path(std::string_view key);
    [[nodiscard]] std::optional<std::filesystem::path> optional_path(std::string_view key);

    /// The index of the value in `names`.
    [[nodiscard]] std::size_t choice_index(std::string_view key,
                                           std::span<const std::string_view> names,
                                           std::optional<std::size_t> fallback = std::nullopt);
    /// An enum whose values are the indexes of `names`.
    template <class Enum>
    [[nodiscard]] Enum choice(std::string_view key, std::span<const std::string_view> names,
                              std::optional<Enum> fallback = std::nullopt) {
        std::optional<std::size_t> index;
        if (fallback) index = static_cast<std::size_t>(*fallback);
        return static_cast<Enum>(choice_index(key, names, index));
    }

    /// An absent key gives an empty section, so that its own defaults and required keys apply.
    [[nodiscard]] Section section(std::string_view key);
    [[nodiscard]] std::optional<Section> optional_section(std::string_view key);
    /// The lists are empty if the key is absent.
    [[nodiscard]] std::vector<Section> sections(std::string_view key);
    [[nodiscard]] std::vector<std::string> strings(std::string_view key);
    [[nodiscard]] std::vector<Name> names(std::string_view key);
    [[nodiscard]] std::vector<double> numbers(std::string_view key, double min, double max);
    [[nodiscard]] std::vector<Span> spans(std::string_view key);

    /// The place of the key's value, or of the section if the key is absent.
    [[nodiscard]] Mark mark(std::string_view key) const;
    /// The place as errors write it, and the key's dotted name: `gateway.yaml:3:7: http.listen`.
    [[nodiscard]] std::string where(std::string_view key) const;
    /// The dotted name of this section; empty for the whole document.
    [[nodiscard]] const std::string& dotted_path() const;
    /// Notes an error of the caller's own: start with "expected".
    void error(std::string_view key, std::string_view message);

private:
    friend class Document;
    Section(DocumentState& document, SectionUse& use) : document_(&document), use_(&use) {}

    DocumentState* document_;
    SectionUse* use_;
};

/// One YAML file, its `--set` overrides, and everything found wrong with them so far.
///
///     auto document = Document::load("gateway.yaml");
///     if (!document) return fail(document.error());
///     for (auto& [key, value] : options.overrides) document->override_key(key, value);
///     Section root = document->root();
///     config.id = root.name("gateway_id");
///     config.port = root.section("http").integer("port", 0, 65535, 8080);
///     if (auto ok = document->finish(); !ok) ...
class Document {
public:
    /// Fails with invalid_input if the text is not UTF-8, not YAML, has several documents, or
    /// passes a limit. `file_name` names the file in errors and is what paths are relative to.
    [[nodiscard]] static Result<Document> parse(std::string_view text, std::string file_name);
    /// Reads the file, then parses it. Fails with invalid_input if it cannot be read, too.
    [[nodiscard]] static Result<Document> load(const std::filesystem::path& file);

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    /// Puts a plain scalar at `dotted_key`, making the sections on the way; an item of a list goes
    /// by its index from 0 (`clocks.0.within`). Before `root`.
    void override_key(std::string_view dotted_key, std::string_view value);

    [[nodiscard]] Section root();

    /// Fails with invalid_input if anything was wrong: every error, one per line, in file order.
    /// Call it after all keys were asked for.
    [[nodiscard]] Result<void> finish();

    [[nodiscard]] const std::string& file_name() const;

private:
    explicit Document(std::unique_ptr<DocumentState> state);

    std::unique_ptr<DocumentState> state_;
};

}  // namespace mercaptan::config
