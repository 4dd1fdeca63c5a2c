#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "common/store/store.h"
#include "tests/support/memory_store.h"

namespace mercaptan::simulation {

/// Thrown where the process dies; nothing of it runs afterwards.
struct ProcessDied {};

/// Burns down with everything that a process does to the outside, so that it can die between any
/// two of these things.
class Fuse {
public:
    void light(unsigned touches) { left_ = touches; }
    void put_out() { left_.reset(); }
    [[nodiscard]] bool lit() const { return left_.has_value(); }
    void touch() {
        if (!left_) return;
        if (*left_ == 0) {
            left_.reset();
            throw ProcessDied{};
        }
        --*left_;
    }

private:
    std::optional<unsigned> left_;
};

/// The disk of one process: a MemoryStore that is watched and can be tampered with, and in front
/// of and behind each of whose writes the process may die.
class SimStore final : public store::Store {
public:
    using OnWritten = std::function<void(const store::Batch& batch)>;
    using Tamper = std::function<store::Batch(const store::Batch& batch)>;

    explicit SimStore(Fuse& fuse) : fuse_{&fuse} {}

    void on_written(OnWritten watch) { on_written_ = std::move(watch); }
    /// Everything that was written survives a power cut, or so the disk says.
    void on_synced(std::function<void()> watch) { on_synced_ = std::move(watch); }
    void tamper(Tamper how) { tamper_ = std::move(how); }
    void fail_next_write(bool applied) {
        write_fails_ = true;
        failing_is_applied_ = applied;
    }
    void lie_about_syncs() { lies_ = true; }
    test::MemoryStore& memory() { return memory_; }

    Result<void> write(const store::Batch& batch, store::Sync sync) override {
        fuse_->touch();
        const store::Sync real = lies_ ? store::Sync::no : sync;
        const store::Batch changed = tamper_ ? tamper_(batch) : store::Batch{};
        const store::Batch& what = tamper_ ? changed : batch;
        const bool fails = std::exchange(write_fails_, false);
        // A write that fails is unknown, not undone.
        if (!fails || failing_is_applied_) {
            auto written = memory_.write(what, real);
            if (!written) return written;
            if (on_written_) on_written_(what);
        }
        if (fails) return fail(ErrorCode::io, "the disk failed");
        if (sync == store::Sync::yes && on_synced_) on_synced_();
        fuse_->touch();
        return {};
    }
    Result<void> sync() override {
        fuse_->touch();
        auto synced = lies_ ? Result<void>{} : memory_.sync();
        if (!synced) return synced;
        if (on_synced_) on_synced_();
        fuse_->touch();
        return synced;
    }
    Result<std::optional<std::string>> get(store::Table table,
                                           std::string_view key) const override {
        return memory_.get(table, key);
    }
    Result<void> scan(store::Table table, std::string_view from, std::string_view to,
                      const Visit& visit) const override {
        return memory_.scan(table, from, to, visit);
    }
    Result<void> scan_back(store::Table table, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return memory_.scan_back(table, from, to, visit);
    }

private:
    test::MemoryStore memory_;
    Fuse* fuse_;
    OnWritten on_written_;
    std::function<void()> on_synced_;
    Tamper tamper_;
    bool lies_ = false;
    bool write_fails_ = false;
    bool failing_is_applied_ = false;
};

}  // namespace mercaptan::simulation
