// Packets of Eigen, and what they lack: one kernel source serves SSE, AVX2, AVX-512 and NEON.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/range.hpp"

namespace fusedmlp {

template <typename T>
using Packet = typename Eigen::internal::packet_traits<T>::type;

// Lanes of one packet: 4, 8 or 16 floats, 2, 4 or 8 doubles.
template <typename T>
inline constexpr Index lanes = Eigen::internal::unpacket_traits<Packet<T>>::size;

namespace simd {

using Eigen::internal::pabs;
using Eigen::internal::padd;
using Eigen::internal::pand;
using Eigen::internal::pcmp_eq;
using Eigen::internal::pcmp_le;
using Eigen::internal::pcmp_lt;
using Eigen::internal::pdiv;
using Eigen::internal::plog;
using Eigen::internal::pmadd;
using Eigen::internal::pmax;
using Eigen::internal::pmin;
using Eigen::internal::pmul;
using Eigen::internal::pnegate;
using Eigen::internal::por;
using Eigen::internal::pselect;
using Eigen::internal::psub;

template <typename T>
EIGEN_STRONG_INLINE Packet<T> load(const T* p) {
  return Eigen::internal::ploadu<Packet<T>>(p);
}

template <typename T>
EIGEN_STRONG_INLINE void store(T* p, const Packet<T>& v) {
  Eigen::internal::pstoreu(p, v);
}

template <typename T>
EIGEN_STRONG_INLINE Packet<T> set(T value) {
  return Eigen::internal::pset1<Packet<T>>(value);
}

#if defined(__AVX2__) && !defined(__AVX512F__)
// All bits set in the first `count` lanes.
template <typename T>
EIGEN_STRONG_INLINE __m256i first_lanes(Index count) {
  if constexpr (sizeof(T) == 4) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  } else {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
  }
}
#endif

#if defined(__SSE2__)
// The first count % 4 of four floats, the first count % 2 of two doubles.
EIGEN_STRONG_INLINE void store_rest(float* p, __m128 v, Index count) {
  if (count & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), v);
    v = _mm_movehl_ps(v, v);
    p += 2;
  }
  if (count & 1) _mm_store_ss(p, v);
}

EIGEN_STRONG_INLINE void store_rest(double* p, __m128d v, Index count) {
  if (count & 1) _mm_store_sd(p, v);
}

EIGEN_STRONG_INLINE __m128 load_rest(const float* p, Index count) {
  if (count == 1) return _mm_load_ss(p);
  const __m128 two = _mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(p)));
  return count == 2 ? two : _mm_movelh_ps(two, _mm_load_ss(p + 2));
}

EIGEN_STRONG_INLINE __m128d load_rest(const double* p, Index) { return _mm_load_sd(p); }
#endif

// The first `count` <= lanes elements; the others are zero. Masks where the machine has them:
// packets cannot say it, and a copy through memory costs ten times as much.
template <typename T>
EIGEN_STRONG_INLINE Packet<T> load_part(const T* p, Index count) {
#if defined(__AVX512F__)
  const auto mask = (1u << count) - 1u;
  if constexpr (std::is_same_v<Packet<T>, __m512>) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), p);
  } else {
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), p);
  }
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<Packet<T>, __m256>) {
    return _mm256_maskload_ps(p, first_lanes<T>(count));
  } else {
    return _mm256_maskload_pd(p, first_lanes<T>(count));
  }
#elif defined(__SSE2__)
  return count == lanes<T> ? load(p) : load_rest(p, count);
#else
  T buffer[lanes<T>] = {};
  std::copy_n(p, count, buffer);
  return load(buffer);
#endif
}

// With AVX2 in pieces: its masked stores take a dozen cycles on AMD's processors.
template <typename T>
EIGEN_STRONG_INLINE void store_part(T* p, const Packet<T>& v, Index count) {
#if defined(__AVX512F__)
  const auto mask = (1u << count) - 1u;
  if constexpr (std::is_same_v<Packet<T>, __m512>) {
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>(mask), v);
  } else {
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>(mask), v);
  }
#elif defined(__AVX2__)
  constexpr Index half = lanes<T> / 2;
  if (count == lanes<T>) return store(p, v);
  if constexpr (std::is_same_v<Packet<T>, __m256>) {
    if (count < half) return store_rest(p, _mm256_castps256_ps128(v), count);
    _mm_storeu_ps(p, _mm256_castps256_ps128(v));
    store_rest(p + half, _mm256_extractf128_ps(v, 1), count);
  } else {
    if (count < half) return store_rest(p, _mm256_castpd256_pd128(v), count);
    _mm_storeu_pd(p, _mm256_castpd256_pd128(v));
    store_rest(p + half, _mm256_extractf128_pd(v, 1), count);
  }
#elif defined(__SSE2__)
  if (count == lanes<T>) return store(p, v);
  store_rest(p, v, count);
#else
  T buffer[lanes<T>];
  store(buffer, v);
  std::copy_n(buffer, count, p);
#endif
}

// Correctly rounded square root. Eigen's psqrt of floats is an approximation on x86-64 that gives 0
// for subnormals and, with AVX-512, NaN for infinity.
template <typename P>
EIGEN_STRONG_INLINE P square_root(const P& x) {
  return Eigen::internal::psqrt(x);
}
#if defined(EIGEN_VECTORIZE_AVX512)
// All lanes; the maskz forms spare GCC 12's false warning about an undefined operand.
template <>
EIGEN_STRONG_INLINE Packet<float> square_root(const Packet<float>& x) {
  return _mm512_maskz_sqrt_ps(0xFFFF, x);
}
template <>
EIGEN_STRONG_INLINE Packet<double> square_root(const Packet<double>& x) {
  return _mm512_maskz_sqrt_pd(0xFF, x);
}
#elif defined(EIGEN_VECTORIZE_AVX)
template <>
EIGEN_STRONG_INLINE Packet<float> square_root(const Packet<float>& x) {
  return _mm256_sqrt_ps(x);
}
#elif defined(EIGEN_VECTORIZE_SSE)
template <>
EIGEN_STRONG_INLINE Packet<float> square_root(const Packet<float>& x) {
  return _mm_sqrt_ps(x);
}
#endif

}  // namespace simd
}  // namespace fusedmlp
