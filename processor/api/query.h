#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/http/message.h"

namespace mercaptan::processor::api {

/// Reads RFC 3339 or epoch milliseconds. Fails with invalid_input and a message without field.
[[nodiscard]] Result<Instant> parse_instant(std::string_view text);

/// Reads the parameters of one request. The first thing that is wrong is kept and told by
/// `finish`; until then every reader answers something harmless. A parameter that nobody asked
/// about is an error.
class Query {
public:
    explicit Query(const http::Request& request) : request_{request} {}

    [[nodiscard]] std::optional<std::string> text(const std::string& name);
    [[nodiscard]] std::optional<bool> flag(const std::string& name);
    [[nodiscard]] std::optional<Instant> instant(const std::string& name);
    /// An exact duration such as `5m`.
    [[nodiscard]] std::optional<Duration> duration(const std::string& name);
    /// At least 1; more than `most` is taken as `most`: the list says where it goes on.
    [[nodiscard]] std::size_t limit(std::size_t fallback, std::size_t most);
    /// What `write_cursor` gave, decoded.
    [[nodiscard]] std::optional<std::string> cursor();

    /// Comma-separated words, each read by `read`; empty if the parameter is absent. `expected`
    /// names the words for people.
    template <class Read>
    [[nodiscard]] auto any_of(const std::string& name, const Read& read, std::string_view expected)
        -> std::vector<typename decltype(read(std::string_view{}))::value_type> {
        std::vector<typename decltype(read(std::string_view{}))::value_type> out;
        for (const std::string& word : words(name)) {
            if (const auto one = read(word)) {
                out.push_back(*one);
            } else {
                refuse(name, "expected " + std::string{expected});
            }
        }
        return out;
    }

    void refuse(const std::string& name, const std::string& message);
    [[nodiscard]] Result<void> finish() const;

private:
    std::vector<std::string> words(const std::string& name);

    const http::Request& request_;
    std::set<std::string> asked_;
    std::optional<Error> error_;
};

/// Any bytes as text that can stand in a URL.
[[nodiscard]] std::string write_cursor(std::string_view key);

/// True if `wanted` is empty or holds `value`.
template <class T>
[[nodiscard]] bool among(const std::vector<T>& wanted, const T& value) {
    if (wanted.empty()) return true;
    for (const T& one : wanted) {
        if (one == value) return true;
    }
    return false;
}

}  // namespace mercaptan::processor::api
