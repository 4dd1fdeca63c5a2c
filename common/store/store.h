#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::store {

/// One table of a store: an index into the list of table names it was opened with.
using Table = std::uint8_t;

/// Writes that happen together or not at all. Reuse one and `clear` it: it keeps its memory.
class Batch {
public:
    struct Write {
        enum class Kind : std::uint8_t { put, put_if_absent, erase };
        Table table;
        Kind kind;
        std::uint32_t key_size;
        std::uint32_t value_size;
        std::size_t offset;  // Of the key in the bytes; the value follows it.
    };

    void put(Table table, std::string_view key, std::string_view value);
    /// Of several values written to a key this way the first stays. A `put` still replaces it.
    void put_if_absent(Table table, std::string_view key, std::string_view value);
    void erase(Table table, std::string_view key);
    void clear();

    [[nodiscard]] bool empty() const { return writes_.empty(); }
    [[nodiscard]] std::size_t size() const { return writes_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

    /// Calls `f(const Write&, key, value)` in the order of the calls above.
    template <class F>
    void for_each(F&& f) const {
        const std::string_view all = bytes_;
        for (const Write& w : writes_) {
            f(w, all.substr(w.offset, w.key_size), all.substr(w.offset + w.key_size, w.value_size));
        }
    }

private:
    void add(Write::Kind kind, Table table, std::string_view key, std::string_view value);

    std::vector<Write> writes_;
    std::string bytes_;
};

enum class Sync : bool { no = false, yes = true };

/// A durable, ordered map of bytes to bytes in several tables. All calls are thread-safe.
///
/// A failed write or sync is *unknown*, not undone; the owner must stop acknowledging and end the
/// process (`deploy/README.md`, "When the disk fails").
class Store {
public:
    virtual ~Store() = default;

    /// Applies the batch. With Sync::yes it is on disk when this returns; with Sync::no it survives
    /// the death of the process but not a power cut until the next `sync`.
    [[nodiscard]] virtual Result<void> write(const Batch& batch, Sync sync) = 0;

    /// Everything written before this call is on disk when it returns.
    [[nodiscard]] virtual Result<void> sync() = 0;

    [[nodiscard]] virtual Result<std::optional<std::string>> get(Table table,
                                                                 std::string_view key) const = 0;

    /// Calls `visit(key, value)` for keys in [from, to) in order (`to` empty: to the end) until it
    /// returns false. The views live for one call. Sees one moment of the store.
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;
    [[nodiscard]] virtual Result<void> scan(Table table, std::string_view from, std::string_view to,
                                            const Visit& visit) const = 0;

    /// The same from the greatest key below `to` (empty: the end) down to `from`, inclusive.
    [[nodiscard]] virtual Result<void> scan_back(Table table, std::string_view from,
                                                 std::string_view to, const Visit& visit) const = 0;
};

}  // namespace mercaptan::store
