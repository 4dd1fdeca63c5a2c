#include "common/store/store.h"

#include <limits>

#include "common/domain/check.h"

namespace mercaptan::store {
namespace {

std::uint32_t size32(std::string_view bytes) {
    MERCAPTAN_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
    return static_cast<std::uint32_t>(bytes.size());
}

}  // namespace

void Batch::add(Write::Kind kind, Table table, std::string_view key, std::string_view value) {
    writes_.push_back({.table = table,
                       .kind = kind,
                       .key_size = size32(key),
                       .value_size = size32(value),
                       .offset = bytes_.size()});
    bytes_.append(key).append(value);
}

void Batch::put(Table table, std::string_view key, std::string_view value) {
    add(Write::Kind::put, table, key, value);
}

void Batch::put_if_absent(Table table, std::string_view key, std::string_view value) {
    add(Write::Kind::put_if_absent, table, key, value);
}

void Batch::erase(Table table, std::string_view key) {
    add(Write::Kind::erase, table, key, {});
}

void Batch::clear() {
    writes_.clear();
    bytes_.clear();
}

}  // namespace mercaptan::store
