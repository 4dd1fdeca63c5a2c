#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::http {

/// A request target taken apart. Internal to the server.
struct Target {
    std::string path;                          // As sent, without the query.
    std::vector<std::string> segments;         // Decoded, what stands between the slashes.
    std::map<std::string, std::string> query;  // Decoded.
};

/// Reads origin-form (`/a/b?c=d`) and absolute-form (`http://host/a/b?c=d`). Fails with
/// invalid_input for anything else, bad percent-encoding, bytes that are not UTF-8, an empty or
/// a repeated query key; the error's field is the query key if one is to blame.
[[nodiscard]] Result<Target> parse_target(std::string_view target);

/// Undoes percent-encoding, and '+' as space if asked. Empty if an escape is malformed.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace mercaptan::http
