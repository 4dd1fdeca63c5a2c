#include "processor/core/ids.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The low `characters` * 5 bits, most significant first.
void append_base32(std::string& text, std::uint64_t number, int characters) {
    for (int i = characters - 1; i >= 0; --i) {
        const int shift = i * 5;
        const std::uint64_t digit = shift >= 64 ? 0 : (number >> shift) & 31;
        text += kDigits[static_cast<std::size_t>(digit)];
    }
}

}  // namespace

std::uint64_t stable_hash(std::initializer_list<std::string_view> parts) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
    for (const std::string_view part : parts) {
        for (const char c : part) mix(static_cast<unsigned char>(c));
        for (std::size_t size = part.size(), i = 0; i < sizeof size; ++i, size >>= 8) {
            mix(static_cast<unsigned char>(size & 0xff));
        }
    }
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
    return hash ^ (hash >> 33);
}

std::string content_version(std::string_view prefix,
                            std::initializer_list<std::string_view> parts) {
    const std::uint64_t hash = stable_hash(parts);
    std::string version{prefix};
    for (int shift = 60; shift >= 0; shift -= 4)
        version += "0123456789abcdef"[hash >> shift & 0xfU];
    return version;
}

std::string ticket_id(Instant recorded_at, std::string_view hazard_key, std::string_view source) {
    std::string id = "T";
    const std::int64_t ms = recorded_at.ms < 0 ? 0 : recorded_at.ms;
    append_base32(id, static_cast<std::uint64_t>(ms), 9);
    append_base32(id, stable_hash({hazard_key, source}), 13);
    return id;
}

std::string alarm_id(std::string_view site, std::string_view device, std::string_view condition) {
    std::string id = "A";
    append_base32(id, stable_hash({site, device, condition}), 13);
    return id;
}

}  // namespace mercaptan::processor
