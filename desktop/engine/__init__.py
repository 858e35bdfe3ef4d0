"""Sound in, text out.  No Qt, no network services, importable on its own."""
