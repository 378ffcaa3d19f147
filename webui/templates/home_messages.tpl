% with card(t('home.messages'), 'new-messages', badge=today.new_count or None, link='/messages', link_words=t('home.all_messages')):
%   if new_faxes:
<p><a class="button plain" href="/messages">{{t.count('fax.new', new_faxes)}}</a></p>
%   end
%   if not today.new_messages:
%     empty('messages', t('home.no_messages'), t('home.no_messages_hint'))
%   end
<div id="new-list" data-messages>
%   for message in today.new_messages:
%     message_row(message, outline, '/', '#new-list', 3)
%   end
</div>
% end
