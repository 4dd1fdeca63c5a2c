#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mercaptan::fuzz {

/// The fuzzer's bytes, taken apart from the front.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : rest_{reinterpret_cast<const char*>(data), size} {}

    /// Zero at the end.
    [[nodiscard]] unsigned char byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    /// Up to the next line feed, which is taken too.
    [[nodiscard]] std::string_view line() {
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return line;
    }
    /// A length byte and as many bytes, or what is left.
    [[nodiscard]] std::string_view short_text() {
        const std::size_t size = byte();
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(text.size());
        return text;
    }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace mercaptan::fuzz
