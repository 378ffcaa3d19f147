% rebase('layout', title=t('nav.messages'), here='messages')
% page_head(t('nav.messages'), t.count('messages.new', new) if new else t('messages.none_new'))
<div id="toasts">
% if undo:
%   toast(t('messages.deleted'), '/messages/%d/restore' % undo, back)
% end
% if several:
%   toast(t.count('messages.deleted_several', len(several)), '/messages/several', back, [('do', 'restore')] + [('id', number) for number in several])
% end
% if fax_undo:
%   toast(t('fax.gone'), '/faxes/%d/restore' % fax_undo, back)
% end
</div>
<form class="search" method="get" action="/messages">
<input type="hidden" name="show" value="{{shown}}">
<label class="unseen" for="f-q">{{t('messages.search')}}</label>
<input id="f-q" type="search" name="q" value="{{search}}" placeholder="{{t('messages.search')}}" maxlength="80" autocomplete="off">
<button type="submit" class="plain" title="{{t('form.search')}}">
% icon('search')
<span class="unseen">{{t('form.search')}}</span></button>
</form>
<nav class="tabs" aria-label="{{t('messages.tabs')}}">
% for tab in tabs:
<a href="{{address(show=tab, q='')}}"\\
%   if tab == shown:
 aria-current="true"\\
%   end
>{{t('messages.tab_' + tab)}}</a>
% end
</nav>
% fax_list(faxes, back)
% if shown == 'deleted' and page.rows:
<div class="actions empty-trash">
%   final(t('messages.empty'), '/messages/empty', back)
</div>
% end
<form id="selection" class="banner selection" method="post" action="/messages/several" aria-label="{{t('messages.selected')}}">
% token_field()
<input type="hidden" name="back" value="{{back}}">
<p><strong>{{t('messages.selected')}}</strong></p>
<div class="actions">
% for act, words in ([('restore', 'message.restore')] if shown == 'deleted' else [('heard', 'message.mark_heard'), ('new', 'message.mark_new'), ('saved', 'message.save'), ('delete', 'message.delete')]):
<button class="plain" name="do" value="{{act}}">{{t(words)}}</button>
% end
% if colleagues() and shown != 'deleted':
<select name="to" aria-label="{{t('message.to')}}">
%   for colleague in colleagues():
<option value="{{colleague.id}}">{{plain(colleague.name, 60)}}</option>
%   end
</select>
<button class="plain" name="do" value="forward">{{t('message.forward')}}</button>
% end
</div>
</form>
<div id="message-list" data-messages data-hold-while-used hx-get="{{now}}" hx-trigger="box:message from:body delay:300ms, box:resync from:body" hx-select="#message-list > *" hx-select-oob="#page-hint,#fax-list" hx-swap="innerHTML">
% if not page.rows:
%   if search:
%     empty('search', t('messages.not_found', text=search), t('messages.not_found_hint'))
%   else:
%     empty('messages', t('messages.empty_' + shown), t('messages.empty_hint_' + shown))
%   end
% end
% for message in page.rows:
%   message_row(message, outline, back, '#message-list', 2, pick=True)
% end
% pager(page, address)
</div>
<label class="tick keys desk-only"><input type="checkbox" data-keys checked> {{t('messages.keys')}}</label>
