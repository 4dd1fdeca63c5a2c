#pragma once

#include <string_view>

// Files that are built into the program.
namespace mercaptan::processor::api::assets {

[[nodiscard]] std::string_view openapi_json();
[[nodiscard]] std::string_view console_html();
[[nodiscard]] std::string_view console_js();
[[nodiscard]] std::string_view console_css();

}  // namespace mercaptan::processor::api::assets
