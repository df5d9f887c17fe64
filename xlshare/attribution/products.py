"""Per-example gradients by kind of layer, and their inner products.

Within a layer the gradient of one example factorises: for its tokens t, their inputs a_t and the
gradients g_t = dL/dy_t of the layer's outputs,

    Linear      y_t = W a_t + b       dL/dW = sum_t g_t a_t'      dL/db = sum_t g_t
    LayerNorm   y_t = w * x_t + b     dL/dw = sum_t g_t * x_t     dL/db = sum_t g_t
    Embedding   y_t = E[token_t]      dL/dE[v] = sum of g_t over the t with token_t = v

Three kinds of pieces follow, each holding the gradients of B examples with respect to one
parameter, and each with the *bank* that it is multiplied with, the gradients of N test examples:

    Vectors  VectorBank               written out (biases, norms, whatever has no form of its own)
    Factors  VectorBank, OuterBank,   a Linear layer's (a, g)
             TokenBank
    Rows     RowBank                  an embedding table's few rows that are not zero
    Singles  SinglesBank              found one example at a time

`piece.against(bank)` gives inner products [B, N] and squared norms [B]. Products are float32,
their long sums float64; nothing is approximated or left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from xlshare.attribution.matmul import batched, linear

SUM_LENGTH = 1 << 14  # longest sum kept in float32; longer ones are added up in float64
STRETCH = {"cpu": SUM_LENGTH}  # numbers of a gradient written out at a time: 32 examples' take 2 MB
LARGEST_TERMS = 256  # by how much squared sums may cancel where they are float32
ZERO = torch.zeros((), device="cpu")  # sums start from it, on whatever device they are


# ---- Inner products of long vectors ---------------------------------------------------------


def squared_norms(X: Tensor) -> Tensor:
    """|x_b|^2 for X [B, K], in float64: float32 within stretches of 256, float64 across them.

    One flat float32 norm of 86M numbers is off by 1 %.
    """
    even = X.shape[1] // 256 * 256
    norms = torch.linalg.vector_norm(X[:, :even].unflatten(1, (-1, 256)), dim=2)
    squares = norms.double().square().sum(1)
    if even < X.shape[1]:
        squares += torch.linalg.vector_norm(X[:, even:], dim=1).double().square()
    return squares


def inner_products(X: Tensor, Y: Tensor) -> Tensor:
    """<x_b, y_n> for X [B, K] and Y [N, K], in float64: float32 GEMMs over short stretches of K."""
    if X.shape[1] <= SUM_LENGTH:
        return _matmul(X, Y).double()
    whole = X.shape[1] // SUM_LENGTH * SUM_LENGTH
    x, y = (Z[:, :whole].unflatten(1, (-1, SUM_LENGTH)).transpose(0, 1) for Z in (X, Y))
    return _matmul(x, y).double().sum(0) + _matmul(X[:, whole:], Y[:, whole:]).double()


def _matmul(x: Tensor, y: Tensor) -> Tensor:
    """Multiply x y' in float32; a y in bfloat16 asks for bfloat16 products, added in float32."""
    if y.dtype == x.dtype:
        return linear(x, y) if x.dim() == 2 else x @ y.mT
    if x.is_cuda:
        multiply = torch.bmm if x.dim() == 3 else torch.mm
        return multiply(x.to(y.dtype), y.mT, out_dtype=torch.float32)
    return x.to(y.dtype).float() @ y.mT.float()


# ---- Vectors: gradients written out ---------------------------------------------------------


@dataclass
class Vectors:
    """Gradients written out: values [B, K]."""

    values: Tensor

    def __len__(self) -> int:
        return len(self.values)

    def stretches(self) -> Iterator[Tensor]:
        """The gradients, some [B, k] of their numbers at a time."""
        yield from self.values.split(stretch(self.values), 1)

    def against(self, bank: VectorBank) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with the gradients in the bank, and squared norms [B]."""
        return bank.meet(self)


@dataclass
class VectorBank:
    """Gradients of N test examples written out: stretches [N, k]."""

    stretches: list[Tensor]

    def meet(self, part: Vectors | Factors) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with a part's gradients, and their squared norms [B]."""
        products, squares = ZERO, ZERO
        for X, Y in zip(part.stretches(), self.stretches, strict=True):
            products, squares = products + inner_products(X, Y), squares + squared_norms(X)
        return products, squares


def stretch(x: Tensor) -> int:
    """How many numbers of a gradient are written out at a time where x is."""
    return STRETCH.get(x.device.type, 1 << 20)


def join_vectors(
    parts: Sequence[Vectors | Factors], dtype: torch.dtype = torch.float32
) -> tuple[VectorBank, Tensor]:
    """One bank of all the parts' examples, in their order, and their squared norms [N]."""
    stretches, squares = [], ZERO
    for Xs in zip(*(part.stretches() for part in parts), strict=True):
        squares = squares + torch.cat([squared_norms(X) for X in Xs])
        stretches.append(torch.cat([X.to(dtype) for X in Xs]))
    return VectorBank(stretches), squares


def starts(parts: Sequence) -> list[int]:
    """The number of the first example of each part."""
    return [0, *itertools.accumulate(map(len, parts))][:-1]


# ---- Factors: Linear layers -----------------------------------------------------------------


@dataclass
class Factors:
    """A Linear layer's gradients sum_t g_t a_t', as inputs a [B, T, I] and gradients g [B, T, O].

    One token, T = 1, makes the gradient an outer product. So it is in the classification head, and
    in all of the last block behind its attention.
    """

    a: Tensor
    g: Tensor

    def __len__(self) -> int:
        return len(self.a)

    def stretches(self) -> Iterator[Tensor]:
        """The gradients written out, [B, k], some rows of W at a time.

        Each stretch overwrites the one before, in memory that is still in the cache.
        """
        (B, _, I), O = self.a.shape, self.g.shape[2]  # noqa: E741
        step = min(O, max(1, stretch(self.a) // I))
        place = self.a.new_empty(B * step * I)
        for g in self.g.transpose(1, 2).split(step, 1):
            X = place[: B * g.shape[1] * I].view(B, -1, I)
            yield batched(g, self.a, out=X).flatten(1)

    def is_outer(self) -> bool:
        """Whether there is one token only, so that the gradient is an outer product."""
        return self.a.shape[1] == 1

    def concentrated(self) -> Factors:
        """The same with T = 1, if no text has a gradient at more than one token."""
        if self.is_outer():
            return self
        if self.g[0].any(-1).sum() > 1:  # which the first text tells of most layers
            return self
        used = self.g.any(-1)  # [B, T]
        if used.sum(1).max() > 1:
            return self
        place = torch.arange(len(used), device=used.device), used.int().argmax(1)
        return Factors(self.a[place][:, None], self.g[place][:, None])

    def against(self, bank: VectorBank | OuterBank | TokenBank) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with the gradients in the bank, and squared norms [B]."""
        return bank.meet(self.concentrated())

    def token_squares(self) -> tuple[Tensor, bool]:
        """Squared norms token by token: |sum_t g_t a_t'|^2 = sum_ts <g_t, g_s> <a_t, a_s>.

        Returns:
            Squared norms [B], and whether any of these sums is so much smaller than its terms that
            float32 loses digits.
        """
        a, g = (batched(x, x.transpose(1, 2)).double() for x in (self.a, self.g))
        terms = a * g
        squares = terms.sum((1, 2))
        largest = terms.diagonal(dim1=1, dim2=2).clamp(min=0).sqrt().sum(1).square()
        return squares, bool((largest > LARGEST_TERMS * squares).any())


@dataclass
class OuterBank:
    """Test gradients that are outer products: factors of one token."""

    factors: Factors  # a [N, 1, I], g [N, 1, O]

    def meet(self, part: Factors) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with a part's gradients, and their squared norms [B].

        <g a', h b'> = <g, h> <a, b>, and |g a'|^2 = |g|^2 |a|^2.
        """
        if not part.is_outer():
            return self._written_out_or_by_token(part).meet(part)
        a, g = part.a[:, 0], part.g[:, 0]
        products = inner_products(a, self.factors.a[:, 0]) * inner_products(g, self.factors.g[:, 0])
        return products, squared_norms(a) * squared_norms(g)

    def _written_out_or_by_token(self, part: Factors) -> VectorBank | TokenBank:
        """What costs less to multiply with a part whose texts have several tokens."""
        if costs_less_by_token(part, len(self.factors), len(self.factors)):
            return TokenBank(self.factors)
        return join_vectors([self.factors])[0]


class TokenBank:
    """The factors of a few test examples.

    They are so few that multiplying token by token takes less than writing out the training
    examples' gradients.
    """

    def __init__(self, factors: Factors) -> None:
        self.factors = factors  # a [N, T, I], g [N, T, O]
        used = factors.g.any(-1)  # the other tokens, padding among them, add nothing
        self.owners = used.nonzero()[:, 0]  # [R]
        self.a, self.g = factors.a[used], factors.g[used]  # [R, I], [R, O]

    def meet(self, part: Factors) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with a part's gradients, and their squared norms [B]."""
        squares, cancels = part.token_squares()
        if cancels:
            return join_vectors([self.factors])[0].meet(part)
        return self._products(part), squares

    def _products(self, part: Factors) -> Tensor:
        """<sum_t g_t a_t', sum_s h_s b_s'> = sum_ts <g_t, h_s> <a_t, b_s>."""
        a = linear(part.a.flatten(0, 1), self.a)  # [B * T, R]
        g = linear(part.g.flatten(0, 1), self.g)
        sums = (a * g).unflatten(0, part.a.shape[:2]).double().sum(1)  # [B, R]
        products = sums.new_zeros(len(part), len(self.factors))
        return products.index_add_(1, self.owners, sums)


def join_factors(
    parts: Sequence[Factors], dtype: torch.dtype
) -> tuple[VectorBank | OuterBank | TokenBank, Tensor]:
    """One bank of all the parts' examples, written out in `dtype` if need be; squared norms [N]."""
    parts = [part.concentrated() for part in parts]
    by_token = dtype == torch.float32 and are_few(parts)  # products by token are not rounded
    if not (by_token or all(part.is_outer() for part in parts)):
        return join_vectors(parts, dtype)
    length = max(part.a.shape[1] for part in parts)
    pad = lambda x: F.pad(x, (0, 0, 0, length - x.shape[1]))  # noqa: E731
    all_parts = Factors(*(torch.cat([pad(getattr(part, x)) for part in parts]) for x in "ag"))
    if all_parts.is_outer():
        a, g = all_parts.a[:, 0], all_parts.g[:, 0]
        return OuterBank(all_parts), squared_norms(a) * squared_norms(g)
    squares, cancels = all_parts.token_squares()
    return join_vectors(parts, dtype) if cancels else (TokenBank(all_parts), squares)


def are_few(parts: Sequence[Factors]) -> bool:
    """Whether the parts have so few examples that multiplying token by token costs less."""
    N, longest = sum(map(len, parts)), max(parts, key=lambda part: part.a.shape[1])
    return costs_less_by_token(longest, N, N * longest.a.shape[1])


def costs_less_by_token(part: Factors, N: int, R: int) -> bool:
    """Whether a text like the part's costs less token by token with N tests of R tokens in all.

    The other way is to write a gradient out, read it for its norm (as costly as ten operations for
    each number), and multiply it.
    """
    (T, I), O = part.a.shape[1:], part.g.shape[2]  # noqa: E741
    return T * (T + R) * (I + O) < I * O * (T + 10 + N)


# ---- Rows: embedding tables -----------------------------------------------------------------


@dataclass
class Rows:
    """An embedding table's gradients: rows [B, T, H] of the table's entries ids [B, T].

    An entry that occurs several times in a text stands at its first place, with the sum; the other
    places are empty (id -1, zeros).
    """

    ids: Tensor
    rows: Tensor

    @staticmethod
    def of(ids: Tensor, g: Tensor) -> Rows:
        """Of the gradients g [B, T, H] of rows looked up; an entry -1 is never trained."""
        same = ids[:, :, None] == ids[:, None, :]  # [B, T, T]
        first = same.int().argmax(2) == torch.arange(ids.shape[1], device=ids.device)
        first &= ids >= 0
        rows = batched(same.to(g.dtype), g) * first[..., None]
        return Rows(ids.masked_fill(~first, -1), rows)

    def __len__(self) -> int:
        return len(self.ids)

    def squared_norms(self) -> Tensor:
        """Squared norms [B] of the gradients, in float64."""
        return squared_norms(self.rows.flatten(1))

    def against(self, bank: RowBank) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] and squared norms [B]."""
        return self._by_table(bank) + self._by_join(bank), self.squared_norms()

    def _by_table(self, bank: RowBank) -> Tensor:
        """Of the frequent entries, by matrix product: their rows side by side, most are zero."""
        chosen = (bank.frequent[:, None] == self.ids[:, None, :]).to(self.rows.dtype)  # [B, F, T]
        return inner_products(batched(chosen, self.rows).flatten(1), bank.table)

    def _by_join(self, bank: RowBank) -> Tensor:
        """Of the other entries, by meeting the bank's rows of the same entry, a pair at a time."""
        owners, places = (self.ids >= 0).nonzero(as_tuple=True)
        ids = self.ids[owners, places]
        start = torch.searchsorted(bank.ids, ids)
        count = torch.searchsorted(bank.ids, ids, right=True) - start
        mine = torch.arange(len(ids), device=ids.device).repeat_interleave(count)
        rank = torch.arange(len(mine), device=ids.device) - (count.cumsum(0) - count)[mine]
        theirs = start[mine] + rank
        rows = self.rows[owners[mine], places[mine]]
        dots = (rows * bank.rows[theirs]).sum(1).double()
        products = dots.new_zeros(len(self.ids) * bank.size)
        products.index_add_(0, owners[mine] * bank.size + bank.owners[theirs], dots)
        return products.view(len(self.ids), bank.size)


@dataclass
class RowBank:
    """Rows of N test examples.

    Those of frequent entries (positions, segments, common words) stand in a table, side by side and
    mostly zero; the others stand in a list sorted by entry.
    """

    size: int  # N
    frequent: Tensor  # [F]
    table: Tensor  # [N, F * H]
    ids: Tensor  # [R]
    owners: Tensor  # [R], whose row it is
    rows: Tensor  # [R, H]


def join_rows(parts: Sequence[Rows]) -> tuple[RowBank, Tensor]:
    """One bank of all the parts' examples, in their order, and their squared norms [N]."""
    places = [(part.ids >= 0).nonzero(as_tuple=True) for part in parts]
    ids, order = torch.cat([p.ids[place] for p, place in zip(parts, places)]).sort(stable=True)
    rows = torch.cat([p.rows[place] for p, place in zip(parts, places)])[order]
    owners = torch.cat([place[0] + start for place, start in zip(places, starts(parts))])[order]
    size = sum(map(len, parts))

    entries, entry, counts = ids.unique_consecutive(return_inverse=True, return_counts=True)
    longest = max(part.ids.shape[1] for part in parts)
    number = min(longest, int((counts * 8 > size).sum()))  # in more than an eighth of the texts
    frequent = counts.topk(number).indices.sort().values
    slot = torch.full_like(counts, -1)
    slot[frequent] = torch.arange(number, device=ids.device)
    slot = slot[entry]
    listed, tabled = slot < 0, slot >= 0
    table = rows.new_zeros(size, number, rows.shape[1])
    table[owners[tabled], slot[tabled]] = rows[tabled]
    others = ids[listed], owners[listed], rows[listed]
    bank = RowBank(size, entries[frequent], table.flatten(1), *others)
    return bank, torch.cat([part.squared_norms() for part in parts])


# ---- Singles: whatever has no form of its own, one example at a time -----------------------------


@dataclass
class Singles:
    """Gradients that are found one example at a time, when they are needed, and not kept."""

    count: int  # B
    find: Callable[[int], Sequence[Tensor]]  # an example's gradients, one for each parameter

    def __len__(self) -> int:
        return self.count

    def against(self, bank: SinglesBank) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with the gradients in the bank, and squared norms [B]."""
        products, squares = zip(*(self._one(number, bank) for number in range(self.count)))
        return torch.cat(products), torch.cat(squares)

    def _one(self, number: int, bank: SinglesBank) -> tuple[Tensor, Tensor]:
        found = zip(self.find(number), bank.banks, strict=True)
        products, squares = zip(*(bank.meet(Vectors(g.flatten()[None])) for g, bank in found))
        return sum(products, ZERO), sum(squares, ZERO)


@dataclass
class SinglesBank:
    """Gradients of N test examples, one bank for each parameter."""

    banks: list[VectorBank]


def join_singles(parts: Sequence[Singles]) -> tuple[SinglesBank, Tensor]:
    """One bank of all the parts' examples, in their order, and their squared norms [N]."""
    size, banks, squares = sum(map(len, parts)), [], []
    examples = ((part, number) for part in parts for number in range(len(part)))
    for place, (part, number) in enumerate(examples):
        found = [Vectors(g.flatten()[None]) for g in part.find(number)]
        banks = banks or [[X.new_empty(size, X.shape[1]) for X in g.stretches()] for g in found]
        for g, stretches in zip(found, banks):
            for X, Y in zip(g.stretches(), stretches):
                Y[place] = X[0]
        squares.append(sum(squared_norms(g.values) for g in found))
    return SinglesBank([VectorBank(stretches) for stretches in banks]), torch.cat(squares)
