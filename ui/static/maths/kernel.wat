;; The arithmetic of the networks, in WebAssembly with 128-bit SIMD: a dense layer over a batch, and its activations.
;;
;; All numbers are float32 in the memory that is imported. A matrix is stored row by row, each row padded to a multiple of
;; four numbers: the padding of `w` and `a` must not change a sum, so that of `w` is zero and that of `a` finite.
;; Addresses are in bytes and multiples of 16. Compiled by `python -m tools.kernel`; kernel.js has the same in plain loops.
;;
;; Where a product is added to a sum, the two instructions stand without parentheses: kernel-fused.wasm has one in their
;; place, f32x4.relaxed_madd, for browsers that know it. Most processors then do both at once.
(module
  (import "kernel" "memory" (memory 1))

  ;; The sums of four vectors, as one vector.
  (func $sums (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result v128)
    (local $ab v128) (local $cd v128)
    ;; [a0 + a2, b0 + b2, a1 + a3, b1 + b3], and the same of c and d
    (local.set $ab (f32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b))))
    (local.set $cd (f32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d))))
    (f32x4.add
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $ab) (local.get $cd))
      (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $ab) (local.get $cd))))

  ;; out[m, n] = a[m, k] w[n, k]^T + bias[n]; k is a multiple of four.
  ;; Four rows of `a` by two rows of `w` at a time, so that each number that is read is used more than once; what is left
  ;; of the rows of `a` one by one, by four rows of `w`. Where fewer rows of `w` are left, the last one is taken again.
  (func (export "dense") (param $a i32) (param $w i32) (param $bias i32) (param $out i32)
                         (param $m i32) (param $n i32) (param $k i32)
    (local $down i32)  ;; bytes from a row of `a` or `w` to the next
    (local $next i32)  ;; bytes from a row of `out` to the next
    (local $j i32) (local $p i32) (local $to i32)
    (local $a1 i32) (local $a2 i32) (local $a3 i32)
    (local $w0 i32) (local $w1 i32) (local $w2 i32) (local $w3 i32) (local $last i32)
    (local $x0 v128) (local $x1 v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local $t0 v128) (local $t1 v128) (local $t2 v128) (local $t3 v128)
    (if (i32.eqz (local.get $n)) (then (return)))
    (local.set $down (i32.shl (local.get $k) (i32.const 2)))
    (local.set $next (i32.shl (i32.and (i32.add (local.get $n) (i32.const 3)) (i32.const -4)) (i32.const 2)))
    (local.set $last (i32.add (local.get $w) (i32.mul (i32.sub (local.get $n) (i32.const 1)) (local.get $down))))

    (block $no_fours (loop $fours
      (br_if $no_fours (i32.lt_s (local.get $m) (i32.const 4)))
      (local.set $a1 (i32.add (local.get $a) (local.get $down)))
      (local.set $a2 (i32.add (local.get $a1) (local.get $down)))
      (local.set $a3 (i32.add (local.get $a2) (local.get $down)))
      (local.set $w0 (local.get $w))
      (local.set $j (i32.const 0))
      (loop $pairs
        (local.set $w1 (select (i32.add (local.get $w0) (local.get $down)) (local.get $last)
          (i32.lt_u (local.get $w0) (local.get $last))))
        (local.set $s0 (v128.const f32x4 0 0 0 0)) (local.set $t0 (v128.const f32x4 0 0 0 0))
        (local.set $s1 (v128.const f32x4 0 0 0 0)) (local.set $t1 (v128.const f32x4 0 0 0 0))
        (local.set $s2 (v128.const f32x4 0 0 0 0)) (local.set $t2 (v128.const f32x4 0 0 0 0))
        (local.set $s3 (v128.const f32x4 0 0 0 0)) (local.set $t3 (v128.const f32x4 0 0 0 0))
        (local.set $p (i32.const 0))
        (block $summed (loop $inner
          (br_if $summed (i32.ge_u (local.get $p) (local.get $down)))
          (local.set $x0 (v128.load (i32.add (local.get $w0) (local.get $p))))
          (local.set $x1 (v128.load (i32.add (local.get $w1) (local.get $p))))
          (local.get $x0) (v128.load (i32.add (local.get $a) (local.get $p))) f32x4.mul (local.get $s0) f32x4.add (local.set $s0)
          (local.get $x1) (v128.load (i32.add (local.get $a) (local.get $p))) f32x4.mul (local.get $t0) f32x4.add (local.set $t0)
          (local.get $x0) (v128.load (i32.add (local.get $a1) (local.get $p))) f32x4.mul (local.get $s1) f32x4.add (local.set $s1)
          (local.get $x1) (v128.load (i32.add (local.get $a1) (local.get $p))) f32x4.mul (local.get $t1) f32x4.add (local.set $t1)
          (local.get $x0) (v128.load (i32.add (local.get $a2) (local.get $p))) f32x4.mul (local.get $s2) f32x4.add (local.set $s2)
          (local.get $x1) (v128.load (i32.add (local.get $a2) (local.get $p))) f32x4.mul (local.get $t2) f32x4.add (local.set $t2)
          (local.get $x0) (v128.load (i32.add (local.get $a3) (local.get $p))) f32x4.mul (local.get $s3) f32x4.add (local.set $s3)
          (local.get $x1) (v128.load (i32.add (local.get $a3) (local.get $p))) f32x4.mul (local.get $t3) f32x4.add (local.set $t3)
          (local.set $p (i32.add (local.get $p) (i32.const 16)))
          (br $inner)))
        ;; the sums of one column of `out`, in its four rows
        (local.set $s0 (f32x4.add
          (call $sums (local.get $s0) (local.get $s1) (local.get $s2) (local.get $s3))
          (v128.load32_splat (i32.add (local.get $bias) (i32.shl (local.get $j) (i32.const 2))))))
        (local.set $to (i32.add (local.get $out) (i32.shl (local.get $j) (i32.const 2))))
        (f32.store (local.get $to) (f32x4.extract_lane 0 (local.get $s0)))
        (local.set $to (i32.add (local.get $to) (local.get $next)))
        (f32.store (local.get $to) (f32x4.extract_lane 1 (local.get $s0)))
        (local.set $to (i32.add (local.get $to) (local.get $next)))
        (f32.store (local.get $to) (f32x4.extract_lane 2 (local.get $s0)))
        (local.set $to (i32.add (local.get $to) (local.get $next)))
        (f32.store (local.get $to) (f32x4.extract_lane 3 (local.get $s0)))
        ;; and of the next column, where there is one
        (if (i32.lt_u (local.get $w0) (local.get $last)) (then
          (local.set $t0 (f32x4.add
            (call $sums (local.get $t0) (local.get $t1) (local.get $t2) (local.get $t3))
            (v128.load32_splat offset=4 (i32.add (local.get $bias) (i32.shl (local.get $j) (i32.const 2))))))
          (local.set $to (i32.add (local.get $out) (i32.shl (local.get $j) (i32.const 2))))
          (f32.store offset=4 (local.get $to) (f32x4.extract_lane 0 (local.get $t0)))
          (local.set $to (i32.add (local.get $to) (local.get $next)))
          (f32.store offset=4 (local.get $to) (f32x4.extract_lane 1 (local.get $t0)))
          (local.set $to (i32.add (local.get $to) (local.get $next)))
          (f32.store offset=4 (local.get $to) (f32x4.extract_lane 2 (local.get $t0)))
          (local.set $to (i32.add (local.get $to) (local.get $next)))
          (f32.store offset=4 (local.get $to) (f32x4.extract_lane 3 (local.get $t0)))))
        (local.set $w0 (i32.add (local.get $w0) (i32.shl (local.get $down) (i32.const 1))))
        (br_if $pairs (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 2))) (local.get $n))))
      (local.set $a (i32.add (local.get $a3) (local.get $down)))
      (local.set $out (i32.add (local.get $out) (i32.shl (local.get $next) (i32.const 2))))
      (local.set $m (i32.sub (local.get $m) (i32.const 4)))
      (br $fours)))

    (block $no_rows (loop $rows
      (br_if $no_rows (i32.lt_s (local.get $m) (i32.const 1)))
      (local.set $w0 (local.get $w))
      (local.set $j (i32.const 0))
      (loop $quads
        (local.set $w1 (select (i32.add (local.get $w0) (local.get $down)) (local.get $last)
          (i32.lt_u (local.get $w0) (local.get $last))))
        (local.set $w2 (select (i32.add (local.get $w1) (local.get $down)) (local.get $last)
          (i32.lt_u (local.get $w1) (local.get $last))))
        (local.set $w3 (select (i32.add (local.get $w2) (local.get $down)) (local.get $last)
          (i32.lt_u (local.get $w2) (local.get $last))))
        (local.set $s0 (v128.const f32x4 0 0 0 0))
        (local.set $s1 (v128.const f32x4 0 0 0 0))
        (local.set $s2 (v128.const f32x4 0 0 0 0))
        (local.set $s3 (v128.const f32x4 0 0 0 0))
        (local.set $p (i32.const 0))
        (block $summed (loop $inner
          (br_if $summed (i32.ge_u (local.get $p) (local.get $down)))
          (local.set $x0 (v128.load (i32.add (local.get $a) (local.get $p))))
          (local.get $x0) (v128.load (i32.add (local.get $w0) (local.get $p))) f32x4.mul (local.get $s0) f32x4.add (local.set $s0)
          (local.get $x0) (v128.load (i32.add (local.get $w1) (local.get $p))) f32x4.mul (local.get $s1) f32x4.add (local.set $s1)
          (local.get $x0) (v128.load (i32.add (local.get $w2) (local.get $p))) f32x4.mul (local.get $s2) f32x4.add (local.set $s2)
          (local.get $x0) (v128.load (i32.add (local.get $w3) (local.get $p))) f32x4.mul (local.get $s3) f32x4.add (local.set $s3)
          (local.set $p (i32.add (local.get $p) (i32.const 16)))
          (br $inner)))
        ;; four columns of this row; beyond the last one lies the padding
        (v128.store (i32.add (local.get $out) (i32.shl (local.get $j) (i32.const 2)))
          (f32x4.add
            (call $sums (local.get $s0) (local.get $s1) (local.get $s2) (local.get $s3))
            (v128.load (i32.add (local.get $bias) (i32.shl (local.get $j) (i32.const 2))))))
        (local.set $w0 (i32.add (local.get $w0) (i32.shl (local.get $down) (i32.const 2))))
        (br_if $quads (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 4))) (local.get $n))))
      (local.set $a (i32.add (local.get $a) (local.get $down)))
      (local.set $out (i32.add (local.get $out) (local.get $next)))
      (local.set $m (i32.sub (local.get $m) (i32.const 1)))
      (br $rows))))

  ;; exp(x) = 2^t exp(r), with t whole and r = x - t log 2, |r| <= log(2) / 2, by the polynomial of Cephes' expf:
  ;; relative error below 2e-7. x is held within [-87, 88], where the result is a normal float32.
  (func $exp (param $x v128) (result v128)
    (local $t v128) (local $r v128)
    (local.set $x (f32x4.max (v128.const f32x4 -87 -87 -87 -87)
      (f32x4.min (v128.const f32x4 88 88 88 88) (local.get $x))))
    (local.set $t (f32x4.nearest (f32x4.mul (local.get $x)
      (v128.const f32x4 1.44269504 1.44269504 1.44269504 1.44269504))))
    ;; log 2 in two parts, the first of which has few digits: t times it is exact
    (local.set $r (f32x4.sub
      (f32x4.sub (local.get $x) (f32x4.mul (local.get $t) (v128.const f32x4 0.693359375 0.693359375 0.693359375 0.693359375)))
      (f32x4.mul (local.get $t) (v128.const f32x4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4))))
    (f32x4.mul
      (f32x4.add (v128.const f32x4 1 1 1 1) (f32x4.add (local.get $r) (f32x4.mul (f32x4.mul (local.get $r) (local.get $r))
        (f32x4.add (v128.const f32x4 5.0000001201e-1 5.0000001201e-1 5.0000001201e-1 5.0000001201e-1) (f32x4.mul (local.get $r)
        (f32x4.add (v128.const f32x4 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1) (f32x4.mul (local.get $r)
        (f32x4.add (v128.const f32x4 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2) (f32x4.mul (local.get $r)
        (f32x4.add (v128.const f32x4 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3) (f32x4.mul (local.get $r)
        (f32x4.add (v128.const f32x4 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3) (f32x4.mul (local.get $r)
        (v128.const f32x4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4))))))))))))))
      ;; 2^t, by its bits
      (i32x4.shl (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $t)) (v128.const i32x4 127 127 127 127)) (i32.const 23))))

  ;; Activations of `count` numbers where they are; count is a multiple of four.

  (func (export "relu") (param $at i32) (param $count i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (v128.store (local.get $at) (f32x4.max (v128.const f32x4 0 0 0 0) (v128.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))))

  ;; 1 / (1 + exp(-x))
  (func (export "sigmoid") (param $at i32) (param $count i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (v128.store (local.get $at) (f32x4.div (v128.const f32x4 1 1 1 1)
        (f32x4.add (v128.const f32x4 1 1 1 1) (call $exp (f32x4.neg (v128.load (local.get $at)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))))

  ;; GELU in its tanh form, x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3)))
  (func (export "gelu") (param $at i32) (param $count i32)
    (local $end i32) (local $x v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $x (v128.load (local.get $at)))
      (v128.store (local.get $at) (f32x4.div (local.get $x)
        (f32x4.add (v128.const f32x4 1 1 1 1) (call $exp (f32x4.mul (local.get $x)
          (f32x4.add (v128.const f32x4 -1.5957691 -1.5957691 -1.5957691 -1.5957691)
            (f32x4.mul (v128.const f32x4 -0.07135482 -0.07135482 -0.07135482 -0.07135482)
              (f32x4.mul (local.get $x) (local.get $x)))))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next))))
)
