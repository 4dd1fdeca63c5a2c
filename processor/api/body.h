#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/domain/text.h"
#include "common/http/message.h"
#include "processor/api/api.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor::api {

/// Why a request's body can't be read as JSON at all. 413 too large, 415 not JSON, 400 malformed.
struct BodyProblem {
    int status = 400;
    std::string detail;
};

/// The object that a POST carries; an absent body is an empty one. At most `bytes_max` bytes and
/// kBodyDepthMax levels.
[[nodiscard]] tl::expected<boost::json::object, BodyProblem> parse_body(
    const http::Request& request, std::size_t bytes_max = kBodyBytesMax);
inline constexpr std::size_t kBodyDepthMax = 4;

/// Reads the fields of one object strictly. null counts as absent. The first thing that is wrong is
/// kept and told by `finish`, with the dotted name of the field; a field that nobody asked about is
/// an error.
class Fields {
public:
    explicit Fields(const boost::json::object& object, std::string prefix = {})
        : object_{object}, prefix_{std::move(prefix)} {}

    /// UTF-8 without control characters other than line feed and tab, 1 to `bytes_max` bytes.
    [[nodiscard]] std::optional<std::string> text(std::string_view field, std::size_t bytes_max);
    [[nodiscard]] std::optional<Name> name(std::string_view field);
    [[nodiscard]] std::optional<bool> boolean(std::string_view field);
    [[nodiscard]] std::optional<Instant> instant(std::string_view field);
    [[nodiscard]] std::optional<TicketClass> ticket_class(std::string_view field);
    /// A whole number in [1, most].
    [[nodiscard]] std::optional<std::int64_t> count(std::string_view field, std::int64_t most);
    [[nodiscard]] const boost::json::object* object(std::string_view field);

    /// A word that `read` knows; `expected` names the words for people.
    template <class Read>
    [[nodiscard]] auto one_of(std::string_view field, const Read& read, std::string_view expected)
        -> decltype(read(std::string_view{})) {
        const boost::json::value* value = find(field);
        if (value == nullptr) return std::nullopt;
        auto one = value->is_string() ? read(std::string_view{value->get_string()})
                                      : decltype(read(std::string_view{})){};
        if (!one) refuse(field, "expected " + std::string{expected});
        return one;
    }

    [[nodiscard]] bool has(std::string_view field) { return find(field) != nullptr; }
    /// An error if the field is absent.
    void require(std::string_view field, std::string_view why = {});
    void refuse(std::string_view field, std::string_view message);
    /// Takes over the error of a nested object.
    void merge(const Result<void>& nested);
    [[nodiscard]] Result<void> finish() const;

private:
    const boost::json::value* find(std::string_view field);
    std::string path(std::string_view field) const { return prefix_ + std::string{field}; }

    const boost::json::object& object_;
    std::string prefix_;
    std::set<std::string, std::less<>> asked_;
    std::optional<Error> error_;
};

}  // namespace mercaptan::processor::api
