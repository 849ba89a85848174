"""An amount that several share."""

from decimal import Decimal, InvalidOperation

_CENT = Decimal("0.01")
_SIZE_BELOW = 10**14  # beyond it the import refuses the amount


def shares(amount: object, members: int) -> list[object]:
    """Return an amount's equal shares; their sum is the amount to the cent.

    An amount that is no number stays as it is: the import refuses it with its place.
    """
    if members < 2 or amount is None or isinstance(amount, bool):
        return [amount] * members
    try:
        total = Decimal(str(amount)).quantize(_CENT)
    except InvalidOperation:
        return [amount] * members
    if not total.is_finite() or abs(total) >= _SIZE_BELOW:
        return [amount] * members
    cents = int(total / _CENT)
    least, left = divmod(cents, members)
    return [str(Decimal(least + (i < left)) * _CENT) for i in range(members)]
