/* SPDX-License-Identifier: Apache-2.0 */
/* C++'s new and delete in all their forms. keep_…: held to the end; churn_…: given back, every form by its own delete. */
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

struct Block {
    char bytes[1000];
    ~Block() { bytes[0] = 0; } /* not trivial: an array remembers its length in front, in 8 bytes more */
};

struct alignas(256) Aligned {
    char bytes[1024];
};

extern "C" {

void *keep_new(size_t bytes) { return ::operator new(bytes); }

void *keep_new_array(size_t count) { return new Block[count]; }

void *keep_new_nothrow(size_t bytes) { return ::operator new(bytes, std::nothrow); }

void *keep_new_array_nothrow(size_t bytes) { return new (std::nothrow) char[bytes]; }

void *keep_new_aligned(size_t bytes) { return ::operator new(bytes, std::align_val_t(128)); }

void *keep_new_array_aligned(size_t count) { return new Aligned[count]; }

void *keep_new_aligned_nothrow(size_t bytes) { return ::operator new[](bytes, std::align_val_t(512), std::nothrow); }

/* Placement gets no memory of its own: it is the block's. */
void *keep_placement(size_t count) {
    void *room = ::operator new(count * sizeof(Block));
    for (size_t i = 0; i < count; i++) new (static_cast<Block *>(room) + i) Block;
    return room;
}

void *keep_containers(size_t bytes) {
    auto *text = new std::string(bytes, 'x');
    auto *numbers = new std::vector<double>(bytes / sizeof(double));
    auto shared = new std::shared_ptr<std::vector<char>>(std::make_shared<std::vector<char>>(bytes));
    return text && numbers ? shared : nullptr;
}

/* A thread's memory belongs to the line that made the thread. */
void keep_in_threads(size_t bytes) {
    std::thread([bytes] { new char[bytes]; }).join();
    std::async(std::launch::async, [bytes] { return new char[bytes]; }).get();
}

void churn_all(size_t count) {
    size_t bytes = count * sizeof(Block);
    ::operator delete(::operator new(bytes));
    ::operator delete(::operator new(bytes), bytes);
    ::operator delete(::operator new(bytes, std::nothrow), std::nothrow);
    ::operator delete(::operator new(bytes, std::align_val_t(64)), std::align_val_t(64));
    ::operator delete(::operator new(bytes, std::align_val_t(64)), bytes, std::align_val_t(64));
    ::operator delete[](::operator new[](bytes));
    ::operator delete[](::operator new[](bytes), bytes);
    ::operator delete[](::operator new[](bytes, std::align_val_t(4096)), std::align_val_t(4096));
    delete[] new Block[count];
    delete[] new Aligned[count];
    delete new Block;
    delete new Aligned;
    ::operator delete(nullptr);
    std::vector<char> grows;
    for (size_t i = 0; i < bytes; i++) grows.push_back('x');
}

static volatile size_t huge = static_cast<size_t>(PTRDIFF_MAX) + 1;

void say_refusals(void) {
    try {
        std::printf("new: %p\n", ::operator new(huge));
    } catch (const std::bad_alloc &error) {
        std::printf("new: %s\n", error.what());
    }
    try {
        std::printf("new[]: %p\n", static_cast<void *>(new Block[huge / 4]));
    } catch (const std::bad_alloc &error) {
        std::printf("new[]: %s\n", error.what());
    }
    try {
        std::printf("aligned new: %p\n", ::operator new(huge, std::align_val_t(64)));
    } catch (const std::bad_alloc &error) {
        std::printf("aligned new: %s\n", error.what());
    }
    std::printf("nothrow: %s\n", ::operator new(huge, std::nothrow) ? "block" : "NULL");
    std::printf("aligned nothrow: %s\n", ::operator new(huge, std::align_val_t(64), std::nothrow) ? "block" : "NULL");
    void *empty = ::operator new(0), *other = ::operator new(0);
    std::printf("new of nothing: %s\n", empty && other && empty != other ? "a block of its own" : "wrong");
    ::operator delete(empty);
    ::operator delete(other);
    std::fflush(stdout);
}
}
