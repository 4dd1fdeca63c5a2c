#include "processor/io/rulebook_files.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "common/config/file.h"
#include "processor/core/ids.h"
#include "processor/io/bytes.h"
#include "processor/io/rulebook_loader.h"
#include "processor/io/tables.h"

// rulebooks: `book/{content}` -> texts place and name of each file; `file/{name}` piece u32 ->
// bytes
namespace mercaptan::processor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 1U << 30;
constexpr std::size_t kPieceBytes = 1U << 20;  // A commit waits for one of them at most.
constexpr int kTries = 3;
constexpr std::string_view kTimeZone = "time_zone";
constexpr std::string_view kWindows = "windows.yaml";

std::string hex(std::uint64_t number) {
    std::string out;
    for (int shift = 60; shift >= 0; shift -= 4)
        out += "0123456789abcdef"[(number >> static_cast<unsigned>(shift)) & 15U];
    return out;
}

std::string name_of(std::string_view text) {
    return hex(stable_hash({"1", text})) + hex(stable_hash({"2", text}));
}

std::string book_key(std::string_view content) {
    return "book/" + std::string{content};
}

std::string piece_key(std::string_view name, std::size_t piece) {
    std::string key = "file/" + std::string{name};
    bytes::put_big_endian(key, static_cast<std::uint32_t>(piece));
    return key;
}

Result<void> read_into(RulebookFiles& files, const std::string& place, const fs::path& file) {
    auto text = config::read_file(file, kFileBytesMax);
    if (!text) return Failure{text.error()};
    files[place] = *std::move(text);
    return {};
}

Result<RulebookFiles> read_files(const RulebookPaths& paths) {
    RulebookFiles files;
    std::map<std::string, fs::path> places{
        {"rules.yaml", paths.rules},
        {"calendar.yaml", paths.calendar},
        {"roster.yaml", paths.roster},
        {"registry.csv", paths.registry},
        {"zoneinfo/" + paths.time_zone, paths.zoneinfo / paths.time_zone}};
    if (!paths.windows.empty()) places.emplace(kWindows, paths.windows);
    std::error_code error;
    for (fs::recursive_directory_iterator at{paths.policies, error}, end; !error && at != end;
         at.increment(error)) {
        if (at->is_regular_file(error) && at->path().extension() == ".yaml")
            places.emplace("policies/" + at->path().lexically_relative(paths.policies).string(),
                           at->path());
    }
    if (error)
        return fail(ErrorCode::io, "reading " + paths.policies.string() + ": " + error.message());
    for (const auto& [place, file] : places) {
        if (auto read = read_into(files, place, file); !read) return Failure{read.error()};
    }
    files[std::string{kTimeZone}] = paths.time_zone;
    return files;
}

Result<void> write_pieces(store::Store& store, const std::string& name, std::string_view text) {
    const auto there = store.get(table(StoreTable::rulebooks), piece_key(name, 0));
    if (!there) return Failure{there.error()};
    store::Batch batch;
    // The first piece is written last: where it is, all of them are.
    const std::size_t pieces =
        std::max<std::size_t>(1, (text.size() + kPieceBytes - 1) / kPieceBytes);
    for (std::size_t left = *there ? 0 : pieces; left > 0; --left) {
        batch.clear();
        batch.put(table(StoreTable::rulebooks), piece_key(name, left - 1),
                  text.substr((left - 1) * kPieceBytes, kPieceBytes));
        if (auto written = store.write(batch, store::Sync::no); !written) return written;
    }
    return {};
}

Result<std::string> read_pieces(const store::Store& store, std::string_view name) {
    std::string text;
    std::size_t pieces = 0;
    const auto read =
        store.scan(table(StoreTable::rulebooks), piece_key(name, 0), piece_key(name, UINT32_MAX),
                   [&](std::string_view, std::string_view piece) {
                       text.append(piece);
                       ++pieces;
                       return true;
                   });
    if (!read) return Failure{read.error()};
    if (pieces == 0 || name_of(text) != name)
        return fail(ErrorCode::corrupt, "rulebooks: a file is not what its name says");
    return text;
}

Result<void> write_file(const fs::path& file, const std::string& text) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    std::ofstream out{file, std::ios::binary};
    out << text;
    out.close();
    if (!out) return fail(ErrorCode::io, "writing " + file.string());
    return {};
}

}  // namespace

std::string content_name(const RulebookFiles& files) {
    std::string all;
    for (const auto& [place, text] : files) {
        bytes::put_text(all, place);
        bytes::put_text(all, name_of(text));
    }
    return name_of(all);
}

Result<LoadedRulebook> load_rulebook_with_files(const RulebookPaths& paths,
                                                std::vector<std::string>* warnings) {
    for (int tries = 0; tries < kTries; ++tries) {
        // A file that can't be read is for the loader to name, by the key that names it.
        const auto before = read_files(paths);
        const std::string content = before ? content_name(*before) : std::string{};
        auto rulebook = load_rulebook(paths, warnings, content);
        if (!rulebook) return Failure{rulebook.error()};
        auto after = read_files(paths);
        if (!after) return Failure{after.error()};
        if (before && *before == *after)
            return LoadedRulebook{.rulebook = *std::move(rulebook), .files = *std::move(after)};
    }
    return fail(ErrorCode::conflict, "the rules were changed while they were read; try again");
}

Result<void> keep_rulebook(store::Store& store, const RulebookFiles& files) {
    const std::string key = book_key(content_name(files));
    const auto there = store.get(table(StoreTable::rulebooks), key);
    if (!there) return Failure{there.error()};
    if (*there) return {};
    std::string book;
    for (const auto& [place, text] : files) {
        const std::string name = name_of(text);
        bytes::put_text(book, place);
        bytes::put_text(book, name);
        if (auto written = write_pieces(store, name, text); !written) return written;
    }
    store::Batch batch;
    batch.put(table(StoreTable::rulebooks), key, book);
    return store.write(batch, store::Sync::yes);
}

Result<RulebookPaths> unpack_rulebook(const store::Store& store, std::string_view content,
                                      const fs::path& folder) {
    const auto book = store.get(table(StoreTable::rulebooks), book_key(content));
    if (!book) return Failure{book.error()};
    if (!*book) {
        return fail(ErrorCode::not_found, "the store has no rulebook " + std::string{content});
    }
    RulebookPaths paths;
    for (bytes::Reader in{**book}; !in.empty();) {
        const std::string place{in.text()};
        const std::string name{in.text()};
        const fs::path to = (folder / place).lexically_normal();
        if (!in.ok() || place.empty() || to.lexically_relative(folder).string().starts_with(".."))
            return fail(ErrorCode::corrupt, "rulebooks: malformed list of files");
        auto text = read_pieces(store, name);
        if (!text) return Failure{text.error()};
        if (place == kTimeZone) paths.time_zone = *text;
        if (place == kWindows) paths.windows = to;
        if (auto written = write_file(to, *text); !written) return Failure{written.error()};
    }
    paths.rules = folder / "rules.yaml";
    paths.policies = folder / "policies";
    paths.calendar = folder / "calendar.yaml";
    paths.registry = folder / "registry.csv";
    paths.roster = folder / "roster.yaml";
    paths.zoneinfo = folder / "zoneinfo";
    return paths;
}

}  // namespace mercaptan::processor
