#include "processor/api/assets.h"

// The assembler reads the files, as they are, from where CMake says; no copy of them is compiled.
#define MERCAPTAN_ASSET(symbol, file)    \
    __asm__(                             \
        ".section .rodata\n"             \
        ".balign 16\n" #symbol           \
        ":\n"                            \
        ".incbin \"" file "\"\n" #symbol \
        "_end:\n"                        \
        ".byte 0\n"                      \
        ".previous\n");                  \
    extern "C" const char symbol[];      \
    extern "C" const char symbol##_end[]

MERCAPTAN_ASSET(mercaptan_asset_openapi, MERCAPTAN_ASSETS_OPENAPI);
MERCAPTAN_ASSET(mercaptan_asset_html, MERCAPTAN_ASSETS_CONSOLE "/console.html");
MERCAPTAN_ASSET(mercaptan_asset_js, MERCAPTAN_ASSETS_CONSOLE "/console.js");
MERCAPTAN_ASSET(mercaptan_asset_css, MERCAPTAN_ASSETS_CONSOLE "/console.css");

namespace mercaptan::processor::api::assets {
namespace {

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view openapi_json() {
    return between(mercaptan_asset_openapi, mercaptan_asset_openapi_end);
}
std::string_view console_html() {
    return between(mercaptan_asset_html, mercaptan_asset_html_end);
}
std::string_view console_js() {
    return between(mercaptan_asset_js, mercaptan_asset_js_end);
}
std::string_view console_css() {
    return between(mercaptan_asset_css, mercaptan_asset_css_end);
}

}  // namespace mercaptan::processor::api::assets
