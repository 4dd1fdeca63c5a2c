#include "common/config/file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace mercaptan::config {
namespace {

Failure unreadable(const std::filesystem::path& file, const std::string& got) {
    return fail(ErrorCode::invalid_input,
                file.string() + ": expected a readable file, got \"" + got + "\"");
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error) return unreadable(file, error.message());
    if (std::filesystem::is_directory(status)) return unreadable(file, "a directory");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream{std::fopen(file.c_str(), "rb"),
                                                                 &std::fclose};
    if (!stream) return unreadable(file, std::generic_category().message(errno));

    std::string bytes;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (!error && size <= bytes_max) bytes.reserve(static_cast<std::size_t>(size));
    constexpr std::size_t kBlockBytes = 64U << 10U;
    std::string block(kBlockBytes, '\0');
    while (const std::size_t count = std::fread(block.data(), 1, block.size(), stream.get())) {
        if (bytes.size() + count > bytes_max) {
            return fail(ErrorCode::invalid_input, file.string() + ": expected at most " +
                                                      std::to_string(bytes_max) + " bytes");
        }
        bytes.append(block, 0, count);
    }
    if (std::ferror(stream.get()) != 0) {
        return unreadable(file, std::generic_category().message(errno));
    }
    return bytes;
}

}  // namespace mercaptan::config
