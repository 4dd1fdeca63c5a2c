#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace mercaptan::processor {

/// A list that grows without moving what it holds.
template <class T>
class Blocks {
public:
    [[nodiscard]] T& operator[](std::size_t i) { return blocks_[i / kPerBlock][i % kPerBlock]; }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        return blocks_[i / kPerBlock][i % kPerBlock];
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    T& push_back(T item) {
        if (size_ % kPerBlock == 0) blocks_.push_back(std::make_unique<T[]>(kPerBlock));
        return (*this)[size_++] = std::move(item);
    }

private:
    static constexpr std::size_t kPerBlock = 1024;  // So that the list of blocks stays cached.
    std::vector<std::unique_ptr<T[]>> blocks_;
    std::size_t size_ = 0;
};

}  // namespace mercaptan::processor
